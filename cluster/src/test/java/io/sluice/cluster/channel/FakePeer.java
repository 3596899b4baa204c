package io.sluice.cluster.channel;

import io.sluice.storage.MetadataPeer;
import io.sluice.storage.proto.Answer;
import io.sluice.storage.proto.Command;
import io.sluice.storage.proto.Outcome;
import io.sluice.storage.proto.Query;
import io.smallrye.mutiny.Uni;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** A metadata server that answers what it is told. */
final class FakePeer implements MetadataPeer {
  final AtomicInteger commands = new AtomicInteger();
  volatile Uni<Outcome> outcome = Uni.createFrom().item(Outcome.getDefaultInstance());
  volatile Uni<Answer> answer = Uni.createFrom().item(Answer.getDefaultInstance());
  volatile @Nullable Command lastCommand;
  volatile @Nullable Query lastQuery;
  volatile @Nullable Duration lastDeadline;
  volatile int lastShard;

  @Override
  public Uni<Outcome> submit(int shard, Command command, Duration deadline) {
    commands.incrementAndGet();
    lastShard = shard;
    lastCommand = command;
    lastDeadline = deadline;
    return outcome;
  }

  @Override
  public Uni<Answer> query(int shard, Query query, Duration deadline) {
    lastShard = shard;
    lastQuery = query;
    lastDeadline = deadline;
    return answer;
  }
}

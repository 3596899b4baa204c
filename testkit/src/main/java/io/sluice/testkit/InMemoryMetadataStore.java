package io.sluice.testkit;

import io.sluice.storage.MetadataStore;
import io.sluice.storage.StorageFailure;
import io.sluice.storage.proto.Answer;
import io.sluice.storage.proto.Command;
import io.sluice.storage.proto.Outcome;
import io.sluice.storage.proto.Query;
import io.sluice.storage.proto.RefusalCode;
import io.smallrye.mutiny.Uni;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The metadata plane in memory: the same commands and queries with the same answers, without
 * replication or disk. Like the real one it answers on a thread of its own, so that a caller who
 * forgets to hop back is found out.
 */
public final class InMemoryMetadataStore implements MetadataStore, AutoCloseable {
  private final ExecutorService applier =
      Executors.newSingleThreadExecutor(
          task -> {
            Thread thread = new Thread(task, "in-memory-metadata");
            thread.setDaemon(true);
            return thread;
          });
  private final InMemoryRoot root;
  private final List<InMemoryShard> shards = new ArrayList<>();
  private volatile @Nullable Function<Command, @Nullable StorageFailure> commandFault;
  private volatile @Nullable Function<Query, @Nullable StorageFailure> queryFault;
  private volatile @Nullable Function<Query, @Nullable Answer> queryAnswer;

  public InMemoryMetadataStore(int shardCount, Clock clock) {
    this.root = new InMemoryRoot(clock);
    for (int i = 0; i < shardCount; i++) {
      shards.add(new InMemoryShard(clock));
    }
  }

  /** Has commands fail for which this gives a failure; null for none. */
  public void failCommands(@Nullable Function<Command, @Nullable StorageFailure> fault) {
    this.commandFault = fault;
  }

  /** Has queries fail for which this gives a failure; null for none. */
  public void failQueries(@Nullable Function<Query, @Nullable StorageFailure> fault) {
    this.queryFault = fault;
  }

  /** Has queries answered with what this gives, unless it is null; null for none. */
  public void answerQueries(@Nullable Function<Query, @Nullable Answer> answers) {
    this.queryAnswer = answers;
  }

  @Override
  public int shardCount() {
    return shards.size();
  }

  @Override
  public Uni<Outcome> submit(int shard, Command command, Duration deadline) {
    return Uni.createFrom()
        .item(
            () -> {
              Function<Command, @Nullable StorageFailure> fault = commandFault;
              StorageFailure failure = fault == null ? null : fault.apply(command);
              if (failure != null) {
                throw failure;
              }
              Outcome ofRoot = shard == ROOT_SHARD ? root.apply(command) : null;
              return ofRoot != null ? ofRoot : shards.get(shard).apply(command);
            })
        .runSubscriptionOn(applier);
  }

  @Override
  public Uni<Answer> query(int shard, Query query, Duration deadline) {
    return Uni.createFrom()
        .item(
            () -> {
              Function<Query, @Nullable StorageFailure> fault = queryFault;
              StorageFailure failure = fault == null ? null : fault.apply(query);
              if (failure != null) {
                throw failure;
              }
              Function<Query, @Nullable Answer> answers = queryAnswer;
              Answer given = answers == null ? null : answers.apply(query);
              if (given != null) {
                return given;
              }
              Answer ofRoot = shard == ROOT_SHARD ? root.answer(query) : null;
              return ofRoot != null ? ofRoot : shards.get(shard).answer(query);
            })
        .runSubscriptionOn(applier);
  }

  @Override
  public void close() {
    applier.shutdownNow();
  }

  static StorageFailure.Refused refused(RefusalCode code) {
    return refused(code, "");
  }

  static StorageFailure.Refused refused(RefusalCode code, String message) {
    return StorageFailure.Refused.of(code, message);
  }
}

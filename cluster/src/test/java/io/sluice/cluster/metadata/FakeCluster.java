package io.sluice.cluster.metadata;

import com.google.protobuf.ByteString;
import io.sluice.storage.MetadataPeer;
import io.sluice.storage.StorageFailure;
import io.sluice.storage.proto.Answer;
import io.sluice.storage.proto.Command;
import io.sluice.storage.proto.LogPosition;
import io.sluice.storage.proto.Outcome;
import io.sluice.storage.proto.Query;
import io.sluice.storage.proto.Refusal;
import io.sluice.storage.proto.RefusalCode;
import io.smallrye.mutiny.Uni;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** Peers of a shard that follow a script, and a state that applies each command id once. */
final class FakeCluster {
  static final long TIME_MS = 1_000_000_000_000L;
  private static final long AHEAD_MS_MAX = 600_000;

  /** What a peer does with the next request, once. */
  enum Move {
    /** Applies, and says so. */
    APPLY,
    /** Applies, and the answer is lost. */
    APPLY_AND_LOSE_ANSWER,
    /** Is lost before it is applied; nobody knows. */
    LOSE_REQUEST,
    /** Is refused for now: certainly not applied. */
    UNAVAILABLE,
    /** Never answers. */
    HANG,
    /** Applies only after what else happens, and never answers. */
    APPLY_LATER,
    /** Comes after its deadline. */
    DEADLINE_PASSED
  }

  final Map<String, Peer> peers = new TreeMap<>();
  final Map<ByteString, Outcome> outcomes = new ConcurrentHashMap<>();
  final AtomicLong applied = new AtomicLong();
  final List<Runnable> later = new ArrayList<>();
  volatile @Nullable String leader;
  volatile long shardTimeMs = TIME_MS;

  FakeCluster(String... names) {
    for (String name : names) {
      peers.put(name, new Peer(name));
    }
    leader = names[0];
  }

  Map<String, MetadataPeer> all() {
    return Map.copyOf(peers);
  }

  private Outcome apply(ByteString id) {
    return outcomes.computeIfAbsent(
        id,
        first ->
            Outcome.newBuilder()
                .setPosition(LogPosition.newBuilder().setIndex(applied.incrementAndGet()))
                .setShardTimeMs(shardTimeMs)
                .build());
  }

  final class Peer implements MetadataPeer {
    private final String name;
    final Queue<Move> script = new ConcurrentLinkedQueue<>();
    final List<Command> commands = new CopyOnWriteArrayList<>();
    final List<Query> queries = new CopyOnWriteArrayList<>();

    Peer(String name) {
      this.name = name;
    }

    Peer will(Move... moves) {
      script.addAll(List.of(moves));
      return this;
    }

    @Override
    public Uni<Outcome> submit(int shard, Command command, Duration deadline) {
      commands.add(command);
      Move move = script.poll();
      if (move == null && !name.equals(leader)) {
        return Uni.createFrom().failure(() -> new StorageFailure.NotLeader(shard, leader));
      }
      ByteString id = command.getCommandId();
      if (move == null && id.asReadOnlyByteBuffer().getLong() > shardTimeMs + AHEAD_MS_MAX) {
        return refused(RefusalCode.DEADLINE_TOO_FAR);
      }
      return switch (move == null ? Move.APPLY : move) {
        case APPLY -> Uni.createFrom().item(apply(id));
        case APPLY_AND_LOSE_ANSWER -> {
          apply(id);
          yield lost();
        }
        case LOSE_REQUEST -> lost();
        case UNAVAILABLE -> Uni.createFrom().failure(FakeCluster::unavailable);
        case HANG ->
            Uni.createFrom()
                .<Outcome>nothing()
                .ifNoItem()
                .after(deadline)
                .failWith(() -> new StorageFailure.OutcomeUnknown("hangs", null));
        case APPLY_LATER -> {
          later.add(() -> apply(id));
          yield lost();
        }
        case DEADLINE_PASSED -> refused(RefusalCode.DEADLINE_PASSED);
      };
    }

    private Uni<Outcome> refused(RefusalCode code) {
      return Uni.createFrom()
          .failure(() -> new StorageFailure.Refused(Refusal.newBuilder().setCode(code).build()));
    }

    private Uni<Outcome> lost() {
      return Uni.createFrom().failure(() -> new StorageFailure.OutcomeUnknown("lost", null));
    }

    @Override
    public Uni<Answer> query(int shard, Query query, Duration deadline) {
      queries.add(query);
      Move move = query.hasGetShardStatus() ? null : script.poll();
      if (move == Move.UNAVAILABLE) {
        return Uni.createFrom().failure(FakeCluster::unavailable);
      }
      if (!name.equals(leader)) {
        return Uni.createFrom().failure(() -> new StorageFailure.NotLeader(shard, leader));
      }
      return Uni.createFrom().item(Answer.newBuilder().setShardTimeMs(shardTimeMs).build());
    }
  }

  private static StorageFailure unavailable() {
    return new StorageFailure.Unavailable("not now", Duration.ofSeconds(1), null);
  }
}

package io.sluice.gateway.placement;

import io.sluice.storage.Layout;
import io.sluice.storage.StorageFailure;
import io.sluice.storage.chunk.ChunkId;
import io.sluice.storage.chunk.ChunkReplica;
import io.sluice.storage.chunk.ChunkStore;
import io.sluice.storage.chunk.EncodedChunk;
import io.sluice.storage.chunk.StoredFrames;
import io.vertx.core.Future;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Keeps each chunk on the replicas that the layout has for the partition in its id. A write goes to
 * all of them at once and counts when a majority has it; what the others miss is noted for repair.
 * A read goes to the least busy, and to the next when that one fails or takes too long.
 *
 * <p>Safe for use by many threads; futures complete on any thread.
 */
public final class ReplicatedChunkStore implements ChunkStore {
  private static final int POOL = 0;
  private static final Duration RETRY_AFTER = Duration.ofSeconds(1);

  /**
   * How long a replica may take.
   *
   * @param write for a chunk to be durable on a quorum
   * @param read for a replica to answer, before the next one is asked
   */
  public record Deadlines(Duration write, Duration read) {
    public static final Deadlines DEFAULT =
        new Deadlines(Duration.ofSeconds(30), Duration.ofSeconds(10));
  }

  private final Supplier<Layout> layout;
  private final Function<String, @Nullable ChunkReplica> replicas;
  private final Supplier<BalancePolicy> policy;
  private final RepairBacklog backlog;
  private final Deadlines deadlines;
  private final ScheduledExecutorService timers;
  private final InstantSource clock;
  private final RandomGenerator random;

  /**
   * @param layout the newest known; read for each chunk
   * @param replicas by id; null for one that can't be reached now
   * @param policy the one in force; read for each chunk
   * @param timers runs deadlines; Vert.x' event loop group will do
   * @param clock for the stamp of chunk ids
   * @param random for chunk ids; not to be guessed, safe for use by many threads
   */
  public ReplicatedChunkStore(
      Supplier<Layout> layout,
      Function<String, @Nullable ChunkReplica> replicas,
      Supplier<BalancePolicy> policy,
      RepairBacklog backlog,
      Deadlines deadlines,
      ScheduledExecutorService timers,
      InstantSource clock,
      RandomGenerator random) {
    this.layout = layout;
    this.replicas = replicas;
    this.policy = policy;
    this.backlog = backlog;
    this.deadlines = deadlines;
    this.timers = timers;
    this.clock = clock;
    this.random = random;
  }

  @Override
  public ChunkId allocate(long routingKey) {
    int partition = policy.get().choose(new LivePartitions(layout.get()), routingKey);
    if (partition < 0) {
      throw new StorageFailure.Unavailable("no partition has a write quorum", RETRY_AFTER, null);
    }
    return ChunkId.of(POOL, partition, clock.millis(), random.nextLong());
  }

  @Override
  public Future<Void> write(EncodedChunk chunk) {
    try {
      Layout now = layout.get();
      ChunkId id = chunk.header().id();
      List<String> ids = now.replicasOf(id.partition());
      QuorumWrite write = new QuorumWrite(id, ids.size(), Layout.quorumOf(ids.size()), backlog);
      write.startDeadline(timers, deadlines.write());
      for (String replicaId : ids) {
        ChunkReplica replica = replicas.apply(replicaId);
        if (replica == null || replica.state() != ChunkReplica.State.WRITABLE) {
          write.failed(replicaId, null);
        } else {
          attempt(() -> replica.write(chunk, now.version()))
              .onComplete(
                  done -> write.done(replicaId), failure -> write.failed(replicaId, failure));
        }
      }
      return write.future();
    } finally {
      chunk.release();
    }
  }

  @Override
  public Future<StoredFrames> read(ChunkId id, int firstFrame, int frameCount) {
    List<String> ids = layout.get().replicasOf(id.partition());
    List<ChunkReplica> order = new ArrayList<>(ids.size());
    for (String replicaId : ids) {
      ChunkReplica replica = replicas.apply(replicaId);
      if (replica != null && replica.state() != ChunkReplica.State.FAILED) {
        order.add(replica);
      }
    }
    if (order.size() > 1) {
      LeastBusy.sort(order);
    }
    FailoverRead read =
        new FailoverRead(
            id,
            firstFrame,
            frameCount,
            order,
            order.size() < ids.size(),
            backlog,
            timers,
            deadlines.read());
    return read.start();
  }

  /** A replica that throws has failed, like one whose future fails. */
  static <T> Future<T> attempt(Supplier<Future<T>> call) {
    try {
      return call.get();
    } catch (RuntimeException e) {
      return Future.failedFuture(e);
    }
  }

  /** Partitions as their replicas are now. */
  private final class LivePartitions implements BalancePolicy.Partitions {
    private final Layout now;

    LivePartitions(Layout now) {
      this.now = now;
    }

    @Override
    public int count() {
      return now.partitions().size();
    }

    @Override
    public boolean isWritable(int partition) {
      int writable = 0;
      for (String id : now.replicasOf(partition)) {
        ChunkReplica replica = replicas.apply(id);
        if (replica != null && replica.state() == ChunkReplica.State.WRITABLE) {
          writable++;
        }
      }
      return writable >= Layout.quorumOf(now.replicasOf(partition).size());
    }

    /** A write waits for a quorum, so the busiest of its replicas counts. */
    @Override
    public long load(int partition) {
      long load = 0;
      for (String id : now.replicasOf(partition)) {
        ChunkReplica replica = replicas.apply(id);
        if (replica != null) {
          load = Math.max(load, LeastBusy.cost(replica.load()));
        }
      }
      return load;
    }
  }
}

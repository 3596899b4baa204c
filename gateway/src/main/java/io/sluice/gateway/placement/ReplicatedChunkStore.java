package io.sluice.gateway.placement;

import io.sluice.storage.Layout;
import io.sluice.storage.StorageFailure;
import io.sluice.storage.chunk.ChunkId;
import io.sluice.storage.chunk.ChunkReplica;
import io.sluice.storage.chunk.ChunkStore;
import io.sluice.storage.chunk.EncodedChunk;
import io.sluice.storage.chunk.StoredFrames;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Keeps each chunk on the replicas that the layout has for the partition in its id. A write goes to
 * all of them at once, of a partition that moves to the old and the new ones, and counts when a
 * majority of each set has it; what the others miss is noted for repair. A read goes to the nearest
 * or least busy, and to the next when that one fails or takes longer than usual.
 *
 * <p>When that fails, the layout known here may be an old one: a newer one is asked for, and if
 * there is one, the same is done once more with it.
 *
 * <p>Safe for use by many threads; futures complete on any thread.
 */
public final class ReplicatedChunkStore implements ChunkStore {
  private static final int POOL = 0;
  private static final Duration RETRY_AFTER = Duration.ofSeconds(1);
  private static final Duration LOOK_AGAIN_LIMIT = Duration.ofSeconds(2);
  private static final Duration HEDGE_AFTER_MIN = Duration.ofMillis(5);
  private static final Duration HEDGE_AFTER_MAX = Duration.ofMillis(500);
  private static final Duration HEDGE_AFTER_UNKNOWN = Duration.ofMillis(100);
  private static final int HEDGES_PERCENT = 5;

  /**
   * How long replicas may take.
   *
   * @param write for a chunk to be durable on a quorum
   * @param read for a replica to answer, before the next one is asked in any case
   * @param readTotal for any replica to answer
   */
  public record Deadlines(Duration write, Duration read, Duration readTotal) {
    public static final Deadlines DEFAULT =
        new Deadlines(Duration.ofSeconds(10), Duration.ofSeconds(2), Duration.ofSeconds(10));
  }

  private final Topology topology;
  private final Supplier<BalancePolicy> policy;
  private final Supplier<BalancePolicy> readPolicy;
  private final RepairBacklog backlog;
  private final Deadlines deadlines;
  private final ScheduledExecutorService timers;
  private final InstantSource clock;
  private final RandomGenerator random;
  private final ReplicaScoreboard writeScores = new ReplicaScoreboard(System::nanoTime);
  private final ReplicaScoreboard readScores = new ReplicaScoreboard(System::nanoTime);
  private final PartitionWeights weights;
  private final ReadOrder readOrder;
  private final ReadFigures figures = new ReadFigures();
  private final HedgedRead.Surroundings reads;

  /**
   * @param policy the one in force; read for each chunk. Reads use one of the same name
   * @param timers runs deadlines; Vert.x' event loop group will do
   * @param clock for the stamp of chunk ids
   * @param random for chunk ids; not to be guessed, safe for use by many threads
   */
  public ReplicatedChunkStore(
      Topology topology,
      Supplier<BalancePolicy> policy,
      RepairBacklog backlog,
      Deadlines deadlines,
      ScheduledExecutorService timers,
      InstantSource clock,
      RandomGenerator random) {
    this.topology = topology;
    this.policy = policy;
    // Another instance: whose turn it is among partitions says nothing about replicas.
    this.readPolicy = BalancePolicies.following(() -> policy.get().policyName());
    this.backlog = backlog;
    this.deadlines = deadlines;
    this.timers = timers;
    this.clock = clock;
    this.random = random;
    this.weights = new PartitionWeights(topology, clock);
    this.readOrder = new ReadOrder(topology, readScores);
    this.reads =
        new HedgedRead.Surroundings(
            readScores,
            new HedgeBudget(HEDGES_PERCENT),
            backlog,
            figures,
            timers,
            System::nanoTime,
            deadlines.read(),
            deadlines.readTotal());
  }

  /**
   * A store of one process, whose layout nobody changes.
   *
   * @param layout read for each chunk
   * @param replicas by id; null for one that can't be reached now
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
    this(Topology.ofOneNode(layout, replicas), policy, backlog, deadlines, timers, clock, random);
  }

  /** What became of reads. */
  public ReadFigures readFigures() {
    return figures;
  }

  @Override
  public ChunkId allocate(long routingKey) {
    int partition =
        PartitionCandidates.choose(
            topology.layout(), topology, writeScores, weights, policy.get(), routingKey);
    if (partition < 0) {
      throw new StorageFailure.Unavailable("no partition has a write quorum", RETRY_AFTER, null);
    }
    return ChunkId.of(POOL, partition, clock.millis(), random.nextLong());
  }

  @Override
  public Future<Void> write(EncodedChunk chunk) {
    Layout now = topology.layout();
    QuorumWrite first;
    try {
      first = send(chunk, now);
    } catch (RuntimeException failure) {
      chunk.release();
      return Future.failedFuture(failure);
    }
    return first
        .future()
        .recover(failure -> first.wasRefused() ? sendAgain(chunk, now, failure) : failed(failure))
        .andThen(settled -> chunk.release());
  }

  private static <T> Future<T> failed(Throwable failure) {
    return Future.failedFuture(failure);
  }

  private Future<Void> sendAgain(EncodedChunk chunk, Layout used, Throwable failure) {
    return newerThan(used)
        .compose(
            newer -> newer == null ? failed(failure) : send(chunk, newer).future(),
            nobody -> failed(failure));
  }

  private QuorumWrite send(EncodedChunk chunk, Layout now) {
    ChunkId id = chunk.header().id();
    int partition = id.partition();
    QuorumWrite write =
        new QuorumWrite(
            id, now.replicasOf(partition), now.targetOf(partition), backlog, writeScores::failed);
    write.startDeadline(timers, deadlines.write());
    for (String replicaId : now.holdersOf(partition)) {
      ChunkReplica replica = topology.replica(replicaId);
      if (replica == null || replica.state() != ChunkReplica.State.WRITABLE) {
        write.failed(replicaId, null);
        continue;
      }
      long startNanos = System.nanoTime();
      attempt(() -> replica.write(chunk, now.version()))
          .onComplete(
              done -> {
                writeScores.answered(replicaId, System.nanoTime() - startNanos);
                write.done(replicaId);
              },
              failure -> {
                writeScores.failed(replicaId);
                write.failed(replicaId, failure);
              });
    }
    return write;
  }

  @Override
  public Future<StoredFrames> read(ChunkId id, int firstFrame, int frameCount) {
    figures.read();
    Layout now = topology.layout();
    return read(now, id, firstFrame, frameCount)
        .recover(
            failure ->
                newerThan(now)
                    .compose(
                        newer ->
                            newer == null || sameHolders(now, newer, id)
                                ? failed(failure)
                                : read(newer, id, firstFrame, frameCount),
                        nobody -> failed(failure)));
  }

  private static boolean sameHolders(Layout one, Layout other, ChunkId id) {
    return one.holdersOf(id.partition()).equals(other.holdersOf(id.partition()));
  }

  private Future<StoredFrames> read(Layout now, ChunkId id, int firstFrame, int frameCount) {
    List<String> owners = now.replicasOf(id.partition());
    List<String> holders = now.holdersOf(id.partition());
    BalancePolicy inForce = readPolicy.get();
    List<ChunkReplica> order = new ArrayList<>(readOrder.of(owners, inForce, id.low()));
    if (holders.size() > owners.size()) {
      // Those it moves to may have it already: better than nothing.
      order.addAll(readOrder.of(holders.subList(owners.size(), holders.size()), inForce, id.low()));
    }
    long usual = readScores.usualP95Nanos(HEDGE_AFTER_UNKNOWN.toNanos());
    long hedgeAfter =
        Math.max(HEDGE_AFTER_MIN.toNanos(), Math.min(HEDGE_AFTER_MAX.toNanos(), usual));
    boolean passedOver = order.size() < holders.size();
    return new HedgedRead(id, firstFrame, frameCount, order, owners, passedOver, hedgeAfter, reads)
        .start();
  }

  /** A layout that is newer than that one; null if there is none. Fails when nobody can tell. */
  private Future<@Nullable Layout> newerThan(Layout used) {
    Promise<@Nullable Layout> promise = Promise.promise();
    ScheduledFuture<?> limit =
        timers.schedule(
            () -> promise.tryFail("nobody told a newer layout in time"),
            LOOK_AGAIN_LIMIT.toMillis(),
            TimeUnit.MILLISECONDS);
    attempt(topology::lookAgain)
        .onComplete(
            newest -> {
              limit.cancel(false);
              promise.tryComplete(newest.version() > used.version() ? newest : null);
            },
            failure -> {
              limit.cancel(false);
              promise.tryFail(failure);
            });
    return promise.future();
  }

  /** A replica that throws has failed, like one whose future fails. */
  static <T> Future<T> attempt(Supplier<Future<T>> call) {
    try {
      return call.get();
    } catch (RuntimeException e) {
      return Future.failedFuture(e);
    }
  }
}

package io.sluice.metadata.gc;

import io.micrometer.core.instrument.MeterRegistry;
import io.sluice.storage.FormatRange;
import io.sluice.storage.MetadataStore;
import io.sluice.storage.Pace;
import io.sluice.storage.chunk.ChunkId;
import io.sluice.storage.chunk.ChunkReplica;
import io.sluice.storage.proto.Answer;
import io.sluice.storage.proto.GetShardStatus;
import io.sluice.storage.proto.Query;
import io.sluice.storage.proto.ShardStatus;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.IntPredicate;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs garbage collection for the shards that this node leads: garbage and the change index of each
 * of them; orphans and half-done deletions of buckets where shard 0 leads.
 *
 * <p>One run at a time, step by step, at a bounded rate. A run that fails is reported and tried
 * again. What is kept between runs is in the metadata itself: garbage is listed oldest first, and
 * how far the search for orphans is is written down, so that a restart goes on there.
 */
public final class GarbageCollector implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(GarbageCollector.class);
  private static final Duration QUIET_MIN = Duration.ofMinutes(30);
  private static final Duration STATUS_LIMIT = Duration.ofSeconds(30);

  private final MetadataStore metadata;
  private final IntPredicate leads;
  private final Clock clock;
  private final GcOptions options;
  private final ClockGuard clockGuard;
  private final HorizonRule horizonRule;
  private final GcProgress progress;
  private final GarbageSweep garbage;
  private final OrphanSweep orphans;
  private final BucketDeletionSweep buckets;
  private final ChangeTrim changes;
  private final HistoryTrim history;
  private final SnapshotSweep snapshots;
  private final BackupPinSweep backupPins;
  private final ScheduledThreadPoolExecutor scheduler;
  private @Nullable ScheduledFuture<?> next;

  /**
   * Nothing runs before {@link #start} or {@link #runNow}.
   *
   * @param leads whether this node leads a shard and is ready
   * @param replicas every replica that may hold a chunk, also ones that are down; only partition
   *     and pool of the id count
   * @param nanoTime a monotonic clock
   */
  public GarbageCollector(
      MetadataStore metadata,
      IntPredicate leads,
      Function<ChunkId, List<ChunkReplica>> replicas,
      GcOptions options,
      Clock clock,
      LongSupplier nanoTime,
      MeterRegistry meters) {
    this(metadata, leads, replicas, options, clock, nanoTime, () -> true, meters);
  }

  /**
   * As the other, for one of several nodes.
   *
   * @param clocksAgree whether this node's clock differs by no more than {@link ClockGuard#JUMP}
   *     from those of a majority: while it does not, nothing runs that goes by age. Cheap
   */
  public GarbageCollector(
      MetadataStore metadata,
      IntPredicate leads,
      Function<ChunkId, List<ChunkReplica>> replicas,
      GcOptions options,
      Clock clock,
      LongSupplier nanoTime,
      BooleanSupplier clocksAgree,
      MeterRegistry meters) {
    this.metadata = metadata;
    this.leads = leads;
    this.clock = clock;
    this.options = options;
    this.scheduler = scheduler();
    this.clockGuard = new ClockGuard(clock, nanoTime, quiet(options), clocksAgree);
    this.horizonRule = new HorizonRule(clockGuard, nanoTime, options.orphanGrace());
    this.progress = new GcProgress(clock, meters);
    Replicas paced =
        new Replicas(replicas, new Pace(options.chunksPerSecond(), nanoTime, scheduler));
    this.garbage = new GarbageSweep(metadata, paced, progress, options.pageChunks(), nanoTime);
    this.orphans = new OrphanSweep(metadata, paced, progress, options.pageChunks());
    this.buckets = new BucketDeletionSweep(metadata, progress);
    this.changes = new ChangeTrim(metadata, progress, options.changesMax());
    this.snapshots = new SnapshotSweep(metadata, progress);
    this.backupPins = new BackupPinSweep(metadata);
    this.history =
        new HistoryTrim(
            metadata, progress, new Pace(options.chunksPerSecond(), nanoTime, scheduler));
  }

  /**
   * After a clock leapt ahead all garbage looks old. What was garbage before the leap is so when a
   * grace has passed since, and only then has every download of it ended.
   */
  private static Duration quiet(GcOptions options) {
    return options.garbageGrace().compareTo(QUIET_MIN) > 0 ? options.garbageGrace() : QUIET_MIN;
  }

  private static ScheduledThreadPoolExecutor scheduler() {
    ScheduledThreadPoolExecutor executor =
        new ScheduledThreadPoolExecutor(
            1,
            task -> {
              Thread thread = new Thread(task, "sluice-metadata-gc");
              thread.setDaemon(true);
              return thread;
            });
    executor.setRemoveOnCancelPolicy(true);
    executor.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    return executor;
  }

  /** Runs from now on, every interval. */
  public synchronized void start() {
    schedule(jittered(options.interval()));
  }

  private static Duration jittered(Duration interval) {
    long millis = Math.max(1, interval.toMillis());
    return Duration.ofMillis(millis - ThreadLocalRandom.current().nextLong(millis / 10 + 1));
  }

  private synchronized void schedule(Duration wait) {
    if (!scheduler.isShutdown()) {
      next =
          scheduler.schedule(
              () ->
                  runAgain()
                      .subscribe()
                      .with(status -> schedule(jittered(options.interval())), this::unexpected),
              wait.toMillis(),
              TimeUnit.MILLISECONDS);
    }
  }

  private void unexpected(Throwable failure) {
    log.error("Garbage collection", failure);
    schedule(jittered(options.interval()));
  }

  /**
   * Runs once, unless a run is under way: then it gives that one's status. Any thread; returns at
   * once.
   *
   * @return how it stands after the run; a failure of the run is in it
   */
  public Uni<GcStatus> runNow() {
    return once(true);
  }

  /** The same as it is done every interval: without what was tried in vain a short while ago. */
  Uni<GcStatus> runAgain() {
    return once(false);
  }

  private Uni<GcStatus> once(boolean whole) {
    return Uni.createFrom()
        .deferred(
            () -> {
              if (!progress.begin()) {
                return Uni.createFrom().item(progress.status());
              }
              return run(whole)
                  .onFailure()
                  .recoverWithUni(this::report)
                  .eventually(progress::end)
                  .map(done -> progress.status());
            });
  }

  private Uni<Void> report(Throwable failure) {
    log.warn("Garbage collection stopped early and will be tried again: {}", failure.toString());
    progress.failed(failure);
    return Uni.createFrom().voidItem();
  }

  private Uni<Void> run(boolean whole) {
    Uni<Void> shards =
        Multi.createFrom()
            .range(0, metadata.shardCount())
            .filter(leads::test)
            .onItem()
            .transformToUniAndConcatenate(shard -> runShard(shard, whole))
            .onItem()
            .ignoreAsUni();
    if (leads.test(MetadataStore.ROOT_SHARD)) {
      return shards.chain(this::runCluster);
    }
    progress.snapshots(Double.NaN, Double.NaN, Double.NaN);
    return shards;
  }

  private Uni<Void> runShard(int shard, boolean whole) {
    progress.phase("change index of shard " + shard);
    // Where backups are is known to shard 0; that it can't be asked is no reason to do nothing
    // else.
    return changes
        .run(shard)
        .onFailure()
        .recoverWithUni(this::report)
        .chain(() -> trimHistory(shard))
        .chain(
            () -> {
              long beforeMs = clock.millis() - options.garbageGrace().toMillis();
              if (!clockIsTrusted()) {
                return Uni.createFrom().voidItem();
              }
              progress.phase("garbage of shard " + shard);
              return garbage.run(shard, beforeMs, whole);
            });
  }

  private Uni<Void> trimHistory(int shard) {
    return status(shard)
        .flatMap(
            status -> {
              if (FormatRange.named(status.getFormat()) < FormatRange.HISTORY) {
                return Uni.createFrom().voidItem();
              }
              progress.phase("history of shard " + shard);
              long windowMs = status.getHistoryWindowMs();
              long nowMs = clock.millis();
              // Without a window nothing goes by age; with one, what removed pins held still goes.
              boolean known = windowMs == 0 || ageIsKnown();
              return history.run(shard, known ? nowMs - windowMs : 0);
            });
  }

  /**
   * Whether history and snapshots may be dropped for their age. To be asked after the clock was
   * read. A clock that was wrong when this process began never jumped, so it must have run evenly
   * for a while too.
   */
  private boolean ageIsKnown() {
    return clockIsTrusted() && clockGuard.ranEvenlyFor(options.garbageGrace());
  }

  private Uni<Void> runCluster() {
    progress.phase("half-done deletions of buckets");
    return buckets
        .run()
        .chain(this::sweepSnapshots)
        .chain(
            () -> {
              progress.phase("orphans");
              return status(MetadataStore.ROOT_SHARD).flatMap(this::collectOrphans);
            });
  }

  /** A failure is no reason not to look for orphans. */
  private Uni<Void> sweepSnapshots() {
    return status(MetadataStore.ROOT_SHARD)
        .flatMap(
            status -> {
              if (FormatRange.named(status.getFormat()) < FormatRange.HISTORY) {
                return Uni.createFrom().voidItem();
              }
              progress.phase("snapshots");
              long nowMs = clock.millis();
              return snapshots
                  .run(ageIsKnown() ? nowMs : SnapshotSweep.NO_TIME)
                  .chain(backupPins::run);
            })
        .onFailure()
        .recoverWithUni(this::report);
  }

  private Uni<ShardStatus> status(int shard) {
    Query query = Query.newBuilder().setGetShardStatus(GetShardStatus.getDefaultInstance()).build();
    return metadata.query(shard, query, STATUS_LIMIT).map(Answer::getStatus);
  }

  private Uni<Void> collectOrphans(ShardStatus status) {
    long committedMs = status.getOrphanHorizonMs();
    long horizonMs = clock.millis() - options.orphanGrace().toMillis();
    if (!clockIsTrusted()) {
      return Uni.createFrom().voidItem();
    }
    if (horizonRule.allows(horizonMs, committedMs)) {
      return orphans.run(horizonMs, status.getOrphanPartition(), this::clockIsTrusted);
    }
    // Of a new store nothing can be old enough yet; later it is the clock that is doubted.
    if (committedMs > 0) {
      log.warn(
          "Orphans are not collected until the clock has run evenly for {} or is confirmed: it is"
              + " {} past the last time they were",
          options.orphanGrace(),
          Duration.ofMillis(horizonMs - committedMs));
      progress.clockSuspect(true);
    }
    return Uni.createFrom().voidItem();
  }

  /**
   * To be asked after the clock was read, not before: a jump between the two would be believed, and
   * a horizon in the future never goes back.
   */
  private boolean clockIsTrusted() {
    boolean trusted = clockGuard.isTrusted();
    progress.clockSuspect(!trusted);
    return trusted;
  }

  /** An operator says that the clock is right, although it jumped or is far ahead. */
  public void confirmClock() {
    clockGuard.confirm();
    progress.clockSuspect(false);
  }

  /** How it stands. Cheap; any thread. */
  public GcStatus status() {
    return progress.status();
  }

  /** No further run; one that is under way ends at its next step. */
  @Override
  public synchronized void close() {
    if (next != null) {
      next.cancel(false);
    }
    scheduler.shutdownNow();
  }
}

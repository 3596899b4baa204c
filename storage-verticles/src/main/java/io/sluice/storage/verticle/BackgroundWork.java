package io.sluice.storage.verticle;

import io.sluice.storage.StorageFailure;
import io.sluice.storage.chunk.ChunkReplica;
import io.sluice.storage.verticle.index.ChunkIndex;
import io.sluice.storage.verticle.index.IndexClosedException;
import io.sluice.storage.verticle.index.SegmentStats;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One thread that does what can wait: looks at the free space, flushes the index, compacts and
 * scrubs, each at its rate. Work is cut into small steps that are scheduled one after another, so
 * that nothing holds the thread for long.
 */
final class BackgroundWork {
  private static final Logger LOG = LoggerFactory.getLogger(BackgroundWork.class);
  private static final long TICK_MS = 1000;
  private static final Duration PAUSE_AFTER_FAILURE = Duration.ofMinutes(1);

  private final ChunkIndex index;
  private final SegmentSet segments;
  private final DiskHealth health;
  private final SegmentStoreOptions options;
  private final Clock clock;
  private final Compactor compactor;
  private final Scrubber scrubber;
  private final TokenBucket compactionRate;
  private final TokenBucket scrubRate;
  private final ScheduledThreadPoolExecutor executor;
  private final Set<Long> suspects = ConcurrentHashMap.newKeySet();
  private final List<Promise<Integer>> compactionWaiters = new ArrayList<>();
  private final List<Promise<ScrubStatus>> scrubWaiters = new ArrayList<>();
  private Compactor.@Nullable Run compaction;
  private int segmentsFreed;
  private long ticksSinceFlush;
  private long ticksToCompaction;
  private volatile long liveBytes;
  private volatile long deadBytes;

  BackgroundWork(
      String name,
      ChunkIndex index,
      SegmentSet segments,
      DiskHealth health,
      SegmentStoreOptions options,
      Clock clock,
      LongSupplier nanoTime,
      Compactor compactor,
      Scrubber scrubber) {
    this.index = index;
    this.segments = segments;
    this.health = health;
    this.options = options;
    this.clock = clock;
    this.compactor = compactor;
    this.scrubber = scrubber;
    this.compactionRate = new TokenBucket(options.compactionBytesPerSecond(), nanoTime);
    this.scrubRate = new TokenBucket(options.scrubBytesPerSecond(), nanoTime);
    this.executor =
        new ScheduledThreadPoolExecutor(
            1,
            task -> {
              Thread thread = new Thread(task, "sluice-background-" + name);
              thread.setDaemon(true);
              return thread;
            });
    executor.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    executor.setContinueExistingPeriodicTasksAfterShutdownPolicy(false);
  }

  void start() {
    var unused =
        executor.scheduleWithFixedDelay(
            () -> guarded("housekeeping", this::tick), TICK_MS, TICK_MS, TimeUnit.MILLISECONDS);
    if (scrubber.isUnderWay()) {
      next("scrub", this::scrubStep, 0);
    }
  }

  long liveBytes() {
    return liveBytes;
  }

  long deadBytes() {
    return deadBytes;
  }

  ScrubStatus scrubStatus() {
    return scrubber.status();
  }

  /** Runs something on the background thread. */
  <T extends @Nullable Object> Future<T> run(Callable<T> work) {
    Promise<T> promise = Promise.promise();
    try {
      executor.execute(
          () -> {
            try {
              promise.complete(work.call());
            } catch (Exception e) {
              promise.fail(e);
            }
          });
    } catch (RejectedExecutionException e) {
      promise.fail(closing());
    }
    return promise.future();
  }

  private static StorageFailure closing() {
    return new StorageFailure.Unavailable("the disk is being closed", Duration.ZERO, null);
  }

  /** Has a segment emptied soon, because the disk may not have what is in it. */
  void evacuate(Segment segment) {
    suspects.add(segment.number());
  }

  /** Frees what can be freed; completes with the number of segments removed. */
  Future<Integer> compact() {
    Promise<Integer> done = Promise.promise();
    return run(() -> {
          compactionWaiters.add(done);
          beginCompaction();
          return null;
        })
        .compose(begun -> done.future());
  }

  /** Checks the whole disk, or what a pass under way has left of it. */
  Future<ScrubStatus> scrub() {
    Promise<ScrubStatus> done = Promise.promise();
    return run(() -> {
          scrubWaiters.add(done);
          beginScrub();
          return null;
        })
        .compose(begun -> done.future());
  }

  private void tick() throws IOException {
    health.checkSpace(0);
    if (health.state() == ChunkReplica.State.FAILED) {
      return; // nothing that could be done there would end well
    }
    countBytes();
    if (++ticksSinceFlush * TICK_MS >= options.indexFlushInterval().toMillis()) {
      ticksSinceFlush = 0;
      index.flush();
    }
    if (ticksToCompaction > 0) {
      ticksToCompaction--;
    } else {
      beginCompaction();
    }
    Instant last = scrubber.status().lastCompleted();
    if (last == null || !clock.instant().isBefore(last.plus(options.scrubPause()))) {
      beginScrub();
    }
  }

  private void countBytes() throws IOException {
    long live = 0;
    long all = 0;
    for (Segment segment : segments.all()) {
      SegmentStats stats = index.segment(segment.number());
      live += stats.liveBytes();
      all += segment.end() - SegmentHeader.LENGTH;
    }
    liveBytes = live;
    deadBytes = Math.max(0, all - live);
  }

  private void beginCompaction() throws IOException {
    if (compaction != null) {
      return;
    }
    segmentsFreed = 0;
    nextSegment();
  }

  /** Goes on with the next segment that is worth it, or ends. */
  private void nextSegment() throws IOException {
    try {
      compaction = compactor.begin(suspects);
    } catch (IOException | RuntimeException e) {
      pauseCompaction();
      fail(compactionWaiters, e);
      throw e;
    }
    if (compaction == null) {
      answer(compactionWaiters, segmentsFreed);
    } else {
      next("compaction", this::compactionStep, 0);
    }
  }

  private void compactionStep() throws IOException {
    Compactor.Run run = compaction;
    if (run == null) {
      return;
    }
    long bytes;
    try {
      bytes = run.step();
      if (run.isAtEnd()) {
        run.finish();
      }
    } catch (IOException | RuntimeException e) {
      compactionFailed(run, e);
      throw e;
    }
    if (run.isAtEnd()) {
      compaction = null;
      segmentsFreed++;
      suspects.remove(run.victim());
      nextSegment();
    } else {
      next("compaction", this::compactionStep, compactionRate.delayNanosAfter(bytes));
    }
  }

  /** Not under way any more, whatever failed: begins anew when asked to, or after a while. */
  private void compactionFailed(Compactor.Run run, Exception failure) {
    compaction = null;
    pauseCompaction();
    run.abort();
    if (failure instanceof IOException io && !(io instanceof UnreadableSegmentException)) {
      health.writeFailed(io);
    }
    fail(compactionWaiters, failure);
  }

  private void pauseCompaction() {
    ticksToCompaction = PAUSE_AFTER_FAILURE.toMillis() / TICK_MS;
  }

  private void beginScrub() {
    if (!scrubber.isUnderWay()) {
      scrubber.begin();
      next("scrub", this::scrubStep, 0);
    }
  }

  /** A step that fails is tried again, later: what is stored must not go unread for ever. */
  private void scrubStep() throws IOException {
    if (health.state() == ChunkReplica.State.FAILED) {
      // All of it would be found damaged, chunk by chunk.
      fail(scrubWaiters, new StorageFailure.DiskFailed(health.reason(), null));
      next("scrub", this::scrubStep, PAUSE_AFTER_FAILURE.toNanos());
      return;
    }
    long bytes;
    try {
      bytes = scrubber.step();
    } catch (IndexClosedException e) {
      throw e;
    } catch (IOException | RuntimeException e) {
      fail(scrubWaiters, e);
      next("scrub", this::scrubStep, PAUSE_AFTER_FAILURE.toNanos());
      throw e;
    }
    if (scrubber.isUnderWay()) {
      next("scrub", this::scrubStep, scrubRate.delayNanosAfter(bytes));
    } else {
      answer(scrubWaiters, scrubber.status());
    }
  }

  private static <T> void answer(List<Promise<T>> waiters, T value) {
    List<Promise<T>> all = List.copyOf(waiters);
    waiters.clear();
    all.forEach(waiter -> waiter.tryComplete(value));
  }

  private static <T> void fail(List<Promise<T>> waiters, Throwable failure) {
    List<Promise<T>> all = List.copyOf(waiters);
    waiters.clear();
    all.forEach(waiter -> waiter.tryFail(failure));
  }

  private interface Step {
    void run() throws IOException;
  }

  private void next(String what, Step step, long delayNanos) {
    try {
      var unused = executor.schedule(() -> guarded(what, step), delayNanos, TimeUnit.NANOSECONDS);
    } catch (RejectedExecutionException e) {
      LOG.debug("{} ends: the disk is being closed", what);
    }
  }

  /** Nothing may end the schedule. */
  private void guarded(String what, Step step) {
    try {
      step.run();
    } catch (IndexClosedException e) {
      LOG.debug("{} ends: the index is closed", what);
    } catch (IOException | RuntimeException e) {
      LOG.error("{} failed", what, e);
    }
  }

  /** Ends after the step under way; blocks for up to {@code timeout}. */
  void close(Duration timeout) {
    executor.shutdown();
    try {
      if (!executor.awaitTermination(timeout.toMillis(), TimeUnit.MILLISECONDS)) {
        LOG.warn("background work was still under way at the end");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    Compactor.Run run = compaction;
    if (run != null) {
      compaction = null;
      run.abort();
    }
    compactionWaiters.forEach(waiter -> waiter.tryFail(closing()));
    scrubWaiters.forEach(waiter -> waiter.tryFail(closing()));
  }
}

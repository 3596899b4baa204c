package io.sluice.metadata.gc;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Clock;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** What a collector has done, for its status and the metrics. Any thread. */
final class GcProgress {
  final AtomicLong chunksListed = new AtomicLong();
  final AtomicLong garbageChunks = new AtomicLong();
  final AtomicLong orphanChunks = new AtomicLong();
  final AtomicLong itemsForgotten = new AtomicLong();
  final AtomicLong bucketsResolved = new AtomicLong();
  final AtomicLong changesTrimmed = new AtomicLong();
  final AtomicLong historyReleased = new AtomicLong();
  final AtomicBoolean running = new AtomicBoolean();
  private final Clock clock;
  private volatile String phase = "waiting";
  private volatile boolean clockSuspect;
  private volatile double snapshots = Double.NaN;
  private volatile double oldestSnapshotMs = Double.NaN;
  private volatile double keptBytes = Double.NaN;
  private volatile @Nullable Instant started;
  private volatile @Nullable Instant finished;
  private volatile @Nullable String lastFailure;

  GcProgress(Clock clock, MeterRegistry meters) {
    this.clock = clock;
    counter(meters, "sluice.gc.chunks.listed", chunksListed);
    counter(meters, "sluice.gc.chunks.garbage", garbageChunks);
    counter(meters, "sluice.gc.chunks.orphan", orphanChunks);
    counter(meters, "sluice.gc.items.forgotten", itemsForgotten);
    counter(meters, "sluice.gc.buckets.resolved", bucketsResolved);
    counter(meters, "sluice.gc.changes.trimmed", changesTrimmed);
    counter(meters, "sluice.gc.history.released", historyReleased);
    snapshotGauges(meters);
    Gauge.builder("sluice.gc.running", running, flag -> flag.get() ? 1 : 0).register(meters);
    Gauge.builder("sluice.gc.clock.suspect", this, self -> self.clockSuspect ? 1 : 0)
        .register(meters);
  }

  private void snapshotGauges(MeterRegistry meters) {
    Gauge.builder("sluice.snapshots", this, self -> self.snapshots)
        .description("Snapshots; from the leader of shard 0")
        .register(meters);
    Gauge.builder(
            "sluice.snapshots.oldest.age",
            this,
            self -> (self.clock.millis() - self.oldestSnapshotMs) / 1_000)
        .description("Age of the oldest snapshot; from the leader of shard 0")
        .baseUnit("seconds")
        .register(meters);
    Gauge.builder("sluice.snapshots.kept", this, self -> self.keptBytes)
        .description("What only snapshots keep; from the leader of shard 0")
        .baseUnit("bytes")
        .register(meters);
  }

  /**
   * What a run found; all NaN when another node looks after snapshots.
   *
   * @param oldestMs when the oldest was made; NaN when there is none
   * @param bytes what only they keep
   */
  void snapshots(double count, double oldestMs, double bytes) {
    snapshots = count;
    oldestSnapshotMs = oldestMs;
    keptBytes = bytes;
  }

  private static void counter(MeterRegistry meters, String name, AtomicLong count) {
    FunctionCounter.builder(name, count, AtomicLong::get).register(meters);
  }

  boolean begin() {
    if (!running.compareAndSet(false, true)) {
      return false;
    }
    started = clock.instant();
    lastFailure = null;
    return true;
  }

  void phase(String name) {
    phase = name;
  }

  void clockSuspect(boolean suspect) {
    clockSuspect = suspect;
  }

  void failed(Throwable failure) {
    String message = failure.getMessage();
    lastFailure = message == null ? failure.toString() : message;
  }

  void end() {
    phase = "waiting";
    finished = clock.instant();
    running.set(false);
  }

  GcStatus status() {
    return new GcStatus(
        running.get(),
        phase,
        started,
        finished,
        clockSuspect,
        chunksListed.get(),
        garbageChunks.get(),
        orphanChunks.get(),
        itemsForgotten.get(),
        bucketsResolved.get(),
        changesTrimmed.get(),
        historyReleased.get(),
        lastFailure);
  }
}

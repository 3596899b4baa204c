package io.sluice.metadata.gc;

import io.smallrye.mutiny.Uni;
import java.time.Duration;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.LongSupplier;

/** Spreads work evenly: each piece waits until the ones before it have had their time. */
final class Pace {
  private final long nanosPerChunk;
  private final LongSupplier nanoTime;
  private final ScheduledExecutorService scheduler;
  private long freeAtNanos;

  Pace(int chunksPerSecond, LongSupplier nanoTime, ScheduledExecutorService scheduler) {
    this.nanosPerChunk = Duration.ofSeconds(1).toNanos() / chunksPerSecond;
    this.nanoTime = nanoTime;
    this.scheduler = scheduler;
    this.freeAtNanos = nanoTime.getAsLong();
  }

  /** Completes when so many chunks may be handled. */
  Uni<Void> take(int chunks) {
    long waitNanos = reserve(chunks);
    Uni<Void> now = Uni.createFrom().voidItem();
    return waitNanos <= 0
        ? now
        : now.onItem().delayIt().onExecutor(scheduler).by(Duration.ofNanos(waitNanos));
  }

  private synchronized long reserve(int chunks) {
    long now = nanoTime.getAsLong();
    long begin = Math.max(now, freeAtNanos);
    freeAtNanos = begin + chunks * nanosPerChunk;
    return begin - now;
  }
}

package io.sluice.storage;

import io.smallrye.mutiny.Uni;
import java.time.Duration;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;

/**
 * Spreads work evenly: each piece waits until the ones before it have had their time. For many
 * threads.
 */
public final class Pace {
  private final double nanosPerUnit;
  private final LongSupplier nanoTime;
  private final ScheduledExecutorService scheduler;
  private final ReentrantLock lock = new ReentrantLock();
  private long freeAtNanos;

  /**
   * @param unitsPerSecond bytes, chunks or whatever is counted; greater than 0
   * @param nanoTime a monotonic clock
   */
  public Pace(long unitsPerSecond, LongSupplier nanoTime, ScheduledExecutorService scheduler) {
    this.nanosPerUnit = (double) Duration.ofSeconds(1).toNanos() / unitsPerSecond;
    this.nanoTime = nanoTime;
    this.scheduler = scheduler;
    this.freeAtNanos = nanoTime.getAsLong();
  }

  /** Completes when so many units may be handled. */
  public Uni<Void> take(long units) {
    Uni<Void> now = Uni.createFrom().voidItem();
    return Uni.createFrom()
        .deferred(
            () -> {
              long waitNanos = reserve(units);
              return waitNanos <= 0
                  ? now
                  : now.onItem().delayIt().onExecutor(scheduler).by(Duration.ofNanos(waitNanos));
            });
  }

  /**
   * The same for a thread that waits by itself.
   *
   * @return nanoseconds until so many units may be handled; 0 or less: now
   */
  public long reserve(long units) {
    lock.lock();
    try {
      long now = nanoTime.getAsLong();
      long begin = Math.max(now, freeAtNanos);
      freeAtNanos = begin + (long) (units * nanosPerUnit);
      return begin - now;
    } finally {
      lock.unlock();
    }
  }
}

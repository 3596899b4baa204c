package io.sluice.metadata.gc;

import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * How far the orphan horizon may move by what the wall clock says now.
 *
 * <p>The horizon never goes back, and uploads stamped before it are refused: one that a wrong clock
 * moved into the future would refuse every upload once the clock is set right. {@link ClockGuard}
 * sees jumps while this process runs, but a clock that was wrong when it started never jumped. So
 * the wall clock alone moves the horizon only when it ran evenly for a whole grace, or when an
 * operator said that it is right. Before that the horizon that an earlier process committed is the
 * evidence: when it was committed it was a grace in the past, so that one grace more, and the
 * monotonic time since, is not in the future. A start after a longer pause waits.
 *
 * <p>One run of the collector at a time.
 */
final class HorizonRule {
  private final ClockGuard clock;
  private final LongSupplier nanoTime;
  private final Duration grace;
  private boolean based;
  private long baseMs;
  private long baseNanos;

  HorizonRule(ClockGuard clock, LongSupplier nanoTime, Duration grace) {
    this.clock = clock;
    this.nanoTime = nanoTime;
    this.grace = grace;
  }

  /**
   * Whether the horizon may move there.
   *
   * @param horizonMs by wall clock
   * @param committedMs where it is; 0: it never moved
   */
  boolean allows(long horizonMs, long committedMs) {
    if (clock.ranEvenlyFor(grace)) {
      base(horizonMs);
      return true;
    }
    if (committedMs == 0) {
      return false;
    }
    if (!based) {
      base(committedMs);
    }
    long passedMs = (nanoTime.getAsLong() - baseNanos) / 1_000_000;
    return horizonMs <= baseMs + grace.toMillis() + passedMs;
  }

  private void base(long horizonMs) {
    based = true;
    baseMs = horizonMs;
    baseNanos = nanoTime.getAsLong();
  }
}

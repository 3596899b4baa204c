package io.sluice.recovery.standby;

import java.time.Duration;
import java.util.function.LongSupplier;

/** Lasts from a failure until something goes well. One call at a time. */
final class Outage {
  private final LongSupplier nanoTime;
  private boolean underWay;
  private long sinceNanos;

  /**
   * @param nanoTime a monotonic clock
   */
  Outage(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
  }

  void begin() {
    if (!underWay) {
      underWay = true;
      sinceNanos = nanoTime.getAsLong();
    }
  }

  void end() {
    underWay = false;
  }

  boolean isLongerThan(Duration span) {
    return underWay && nanoTime.getAsLong() - sinceNanos > span.toNanos();
  }
}

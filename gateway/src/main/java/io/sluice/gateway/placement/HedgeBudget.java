package io.sluice.gateway.placement;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * Allows one hedge for so many reads, so that a store in which everything is slow is not asked for
 * twice as much. For all threads.
 */
final class HedgeBudget {
  private static final int HEDGE = 100;
  private static final int SAVED_MAX = 20 * HEDGE;

  private final int perRead;
  private final AtomicInteger saved = new AtomicInteger(SAVED_MAX / 2);

  /**
   * @param percent hedges for each hundred reads, 0 to 100
   */
  HedgeBudget(int percent) {
    this.perRead = percent;
  }

  void earn() {
    // Beyond the limit by as many as come at once: harmless, and no loop for each read.
    if (saved.get() < SAVED_MAX) {
      saved.addAndGet(perRead);
    }
  }

  boolean trySpend() {
    if (saved.addAndGet(-HEDGE) >= 0) {
      return true;
    }
    saved.addAndGet(HEDGE);
    return false;
  }
}

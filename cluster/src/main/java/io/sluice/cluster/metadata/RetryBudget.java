package io.sluice.cluster.metadata;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * Keeps retries a small part of the traffic in the long run, so that a cluster in trouble is not
 * asked many times over. Every call earns a tenth of a retry, up to a reserve that is large enough
 * for all calls under way to outlast the choice of a new leader.
 */
final class RetryBudget {
  private static final int TENTHS_MAX = 20_000;
  private static final int RETRY_TENTHS = 10;

  private final AtomicInteger tenths = new AtomicInteger(TENTHS_MAX);

  void earn() {
    if (tenths.get() < TENTHS_MAX) {
      tenths.incrementAndGet();
    }
  }

  boolean trySpend() {
    int before = tenths.getAndUpdate(have -> have >= RETRY_TENTHS ? have - RETRY_TENTHS : have);
    return before >= RETRY_TENTHS;
  }
}

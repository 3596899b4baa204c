package io.sluice.metadata.raft;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * Keeps retries a small part of the traffic, so that a shard in trouble is not asked many times
 * over. Every command earns a tenth of a retry, up to a reserve.
 */
final class RetryBudget {
  private static final int TENTHS_MAX = 1000;
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

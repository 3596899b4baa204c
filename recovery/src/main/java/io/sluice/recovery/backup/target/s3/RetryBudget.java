package io.sluice.recovery.backup.target.s3;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * What all requests to an endpoint together may spend on further attempts. An endpoint in trouble
 * gets less traffic than before, not many times as much, and a backup to one that is gone fails
 * soon. Any thread.
 */
final class RetryBudget {
  private static final int TOKENS_MAX = 500;
  private static final int RETRY_COST = 5;

  private final AtomicInteger tokens = new AtomicInteger(TOKENS_MAX);

  /** Whether there may be one more attempt. */
  boolean take() {
    return tokens.getAndUpdate(left -> left < RETRY_COST ? left : left - RETRY_COST) >= RETRY_COST;
  }

  /** A request was answered at the first attempt or a further one. */
  void succeeded() {
    tokens.getAndUpdate(left -> Math.min(TOKENS_MAX, left + 1));
  }
}

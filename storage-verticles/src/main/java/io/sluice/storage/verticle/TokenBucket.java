package io.sluice.storage.verticle;

import java.util.function.LongSupplier;

/** Keeps work to a rate, by saying how long to wait before the next piece. Used by one thread. */
final class TokenBucket {
  private static final long NANOS = 1_000_000_000L;

  private final long bytesPerSecond;
  private final LongSupplier nanoTime;
  private long freeAt;

  TokenBucket(long bytesPerSecond, LongSupplier nanoTime) {
    this.bytesPerSecond = bytesPerSecond;
    this.nanoTime = nanoTime;
    this.freeAt = nanoTime.getAsLong();
  }

  /**
   * Notes work that was done.
   *
   * @return nanoseconds until more may be done
   */
  long delayNanosAfter(long bytes) {
    long now = nanoTime.getAsLong();
    long cost = (long) ((double) bytes / bytesPerSecond * NANOS);
    // Time that passed idle is not saved up.
    freeAt = Math.max(freeAt, now) + cost;
    return freeAt - now;
  }
}

package io.sluice.storage.verticle.index;

import java.util.concurrent.Semaphore;

/**
 * Counts who uses a native handle, so that it is never closed under a reader (INVARIANTS 14):
 * closing RocksDB below an open iterator crashes the process. Safe on any thread; a lease may be
 * given back on another thread than it was taken on.
 */
final class NativeLease {
  private static final int LEASES_MAX = Integer.MAX_VALUE;

  private final Semaphore leases = new Semaphore(LEASES_MAX);
  private volatile boolean closing;

  /**
   * Takes a lease.
   *
   * @throws IndexClosedException when the handle is closing or closed
   */
  void acquire() {
    if (closing || !leases.tryAcquire()) {
      throw new IndexClosedException();
    }
  }

  void release() {
    leases.release();
  }

  /**
   * Refuses new leases and blocks until all are back. The first call returns true, others false.
   */
  boolean close() {
    if (closing) {
      return false;
    }
    closing = true;
    leases.acquireUninterruptibly(LEASES_MAX);
    return true;
  }

  /** How many leases are out; for tests and diagnosis. */
  int held() {
    return LEASES_MAX - leases.availablePermits();
  }
}

package io.sluice.metadata.state.rocks;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.StampedLock;

/**
 * Counts who uses a native object, so that it is closed after the last of them and not under one:
 * closing RocksDB under an iterator crashes the process. Any thread; a lease may be released by
 * another thread than took it.
 */
final class Leases {
  private final StampedLock lock = new StampedLock();
  private final AtomicBoolean closed = new AtomicBoolean();

  /** One use. Released once. */
  final class Lease {
    private final long stamp;

    private Lease(long stamp) {
      this.stamp = stamp;
    }

    void release() {
      lock.unlockRead(stamp);
    }
  }

  /**
   * Takes a lease; never blocks.
   *
   * @throws IllegalStateException when it is closing or closed
   */
  Lease take() {
    long stamp = closed.get() ? 0 : lock.tryReadLock();
    if (stamp == 0) {
      throw new IllegalStateException("the shard's store is closed");
    }
    return new Lease(stamp);
  }

  /**
   * Gives out no more leases, and blocks until all are released.
   *
   * @return whether this call was the first: only that one waits
   */
  boolean close() {
    if (!closed.compareAndSet(false, true)) {
      return false;
    }
    // Kept for ever: whoever comes late gets no lease.
    long unused = lock.writeLock();
    return true;
  }
}

package io.sluice.cluster.channel;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/** Counts requests and their bytes against limits. Any thread. */
final class InFlight {
  private final int requestsMax;
  private final long bytesMax;
  private final AtomicInteger requests = new AtomicInteger();
  private final AtomicLong bytes = new AtomicLong();

  InFlight(int requestsMax, long bytesMax) {
    this.requestsMax = requestsMax;
    this.bytesMax = bytesMax;
  }

  /** Takes a place, if there is one; each is given back once. */
  boolean tryEnter(long size) {
    if (requests.incrementAndGet() > requestsMax) {
      requests.decrementAndGet();
      return false;
    }
    if (bytes.addAndGet(size) > bytesMax) {
      leave(size);
      return false;
    }
    return true;
  }

  void leave(long size) {
    requests.decrementAndGet();
    bytes.addAndGet(-size);
  }

  int requests() {
    return requests.get();
  }

  long bytes() {
    return bytes.get();
  }
}

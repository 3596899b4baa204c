package io.sluice.metadata.raft;

import java.util.concurrent.atomic.LongAdder;

/** How many commands a shard applied, and how long that took. Any thread. */
final class ApplyFigures {
  private final LongAdder nanos = new LongAdder();
  private final LongAdder count = new LongAdder();

  void add(long tookNanos) {
    nanos.add(tookNanos);
    count.increment();
  }

  long nanos() {
    return nanos.sum();
  }

  long count() {
    return count.sum();
  }
}

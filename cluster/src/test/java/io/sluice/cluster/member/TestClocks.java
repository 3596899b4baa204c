package io.sluice.cluster.member;

import java.time.Instant;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/** Clocks that go on only when a test says so. */
final class TestClocks {
  final AtomicLong wallMs = new AtomicLong(1_800_000_000_000L);
  final AtomicLong monotonicNs = new AtomicLong(12_345_678_901L);

  Clocks clocks() {
    return new Clocks(() -> Instant.ofEpochMilli(wallMs.get()), monotonicNs::get);
  }

  void pass(long ms) {
    wallMs.addAndGet(ms);
    monotonicNs.addAndGet(TimeUnit.MILLISECONDS.toNanos(ms));
  }
}

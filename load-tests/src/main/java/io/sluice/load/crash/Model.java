package io.sluice.load.crash;

import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicLong;

/** All keys of the run and the logical clock that orders what is done to them. Thread-safe. */
final class Model {

  private final ConcurrentSkipListMap<String, KeyHistory> keys = new ConcurrentSkipListMap<>();
  private final AtomicLong clock = new AtomicLong();
  private final AtomicLong contents = new AtomicLong();
  private final long seed;

  Model(long seed) {
    this.seed = seed;
  }

  KeyHistory key(String key) {
    return keys.computeIfAbsent(key, k -> new KeyHistory());
  }

  Map<String, KeyHistory> keys() {
    return keys;
  }

  long now() {
    return clock.incrementAndGet();
  }

  /** A content that no other write of the run has. */
  Content newContent(int length, int partBytes) {
    return new Content(seed * 1_000_003L + contents.incrementAndGet(), length, partBytes);
  }
}

package io.sluice.load.consistency;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.LongAdder;

/** What the clients met, besides their history. Thread-safe. */
final class Findings {

  private static final int VIOLATIONS_KEPT = 30;

  private final Map<String, LongAdder> counts = new ConcurrentSkipListMap<>();
  private final ConcurrentLinkedQueue<String> violations = new ConcurrentLinkedQueue<>();
  private final LongAdder violationCount = new LongAdder();

  void count(String what) {
    counts.computeIfAbsent(what, w -> new LongAdder()).increment();
  }

  /** Something that must never happen; only the first ones are kept. */
  void violation(String what) {
    violationCount.increment();
    if (violations.size() < VIOLATIONS_KEPT) {
      violations.add(what);
    }
  }

  long violationCount() {
    return violationCount.sum();
  }

  List<String> violations() {
    return new ArrayList<>(violations);
  }

  String countsText() {
    return counts.toString();
  }
}

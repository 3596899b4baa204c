package io.sluice.load.crash;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.LongAdder;

/** What happened in a run. Thread-safe. */
final class Tally {

  private static final int VIOLATIONS_KEPT = 30;

  private final Map<String, LongAdder> counts = new ConcurrentSkipListMap<>();
  private final ConcurrentLinkedQueue<String> violations = new ConcurrentLinkedQueue<>();

  void count(String what) {
    counts.computeIfAbsent(what, w -> new LongAdder()).increment();
  }

  long counted(String what) {
    LongAdder count = counts.get(what);
    return count == null ? 0 : count.sum();
  }

  /** How many writes of any kind were acknowledged. */
  long acknowledged() {
    return counts.entrySet().stream()
        .filter(count -> count.getKey().endsWith(" acknowledged"))
        .mapToLong(count -> count.getValue().sum())
        .sum();
  }

  /** Something that must never happen. */
  void violation(String what) {
    count("violations");
    if (violations.size() < VIOLATIONS_KEPT) {
      violations.add(what);
    }
  }

  List<String> violations() {
    return new ArrayList<>(violations);
  }

  String countsText() {
    return counts.toString();
  }
}

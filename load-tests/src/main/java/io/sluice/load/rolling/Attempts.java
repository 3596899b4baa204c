package io.sluice.load.rolling;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.LongAccumulator;
import java.util.concurrent.atomic.LongAdder;

/** What the clients met. Thread-safe. */
final class Attempts {
  private static final int PROBLEMS_KEPT = 20;

  private final LongAdder requests = new LongAdder();
  private final LongAdder failed = new LongAdder();
  private final LongAccumulator mostTries = new LongAccumulator(Math::max, 0);
  private final LongAccumulator slowestNanos = new LongAccumulator(Math::max, 0);
  private final Map<String, LongAdder> repeated = new ConcurrentSkipListMap<>();
  private final Map<String, Written> written = new ConcurrentHashMap<>();
  private final ConcurrentLinkedQueue<String> problems = new ConcurrentLinkedQueue<>();

  /** The content of an object that was acknowledged. */
  record Written(long seed, int length) {}

  /** An attempt got no good answer, and the request is tried again. */
  void repeated(String reason) {
    repeated.computeIfAbsent(reason, absent -> new LongAdder()).increment();
  }

  void succeeded(int tries, long nanos) {
    requests.increment();
    mostTries.accumulate(tries);
    slowestNanos.accumulate(nanos);
  }

  /** The client has given a request up, or was given something wrong. */
  void failed(String what) {
    requests.increment();
    failed.increment();
    if (problems.size() < PROBLEMS_KEPT) {
      problems.add(what);
    }
  }

  void wrote(String key, Written content) {
    written.put(key, content);
  }

  Map<String, Written> written() {
    return written;
  }

  long requestCount() {
    return requests.sum();
  }

  long failedCount() {
    return failed.sum();
  }

  List<String> problems() {
    return new ArrayList<>(problems);
  }

  @Override
  public String toString() {
    return "%d requests, %d failed; tried again: %s; at most %d tries, slowest %.1f s"
        .formatted(
            requests.sum(), failed.sum(), repeated, mostTries.get(), slowestNanos.get() / 1e9);
  }
}

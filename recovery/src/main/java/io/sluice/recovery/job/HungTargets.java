package io.sluice.recovery.job;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The targets that don't answer, by URL, with how many threads of this node wait there for ever.
 * Nothing begins at such a target before they are back, so there are never more of them than worked
 * there when it fell silent. Any thread.
 */
public final class HungTargets {
  private final Map<String, Integer> threads = new ConcurrentHashMap<>();

  void add(String url) {
    threads.merge(url, 1, Integer::sum);
  }

  void remove(String url) {
    threads.computeIfPresent(url, (key, count) -> count == 1 ? null : count - 1);
  }

  boolean contains(String url) {
    return threads.containsKey(url);
  }

  /** Threads of this node that wait for targets which don't answer. */
  public int threads() {
    return threads.values().stream().mapToInt(Integer::intValue).sum();
  }
}

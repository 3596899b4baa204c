package io.sluice.load.disaster;

import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/** What was found wrong. Any thread. */
public final class Findings {
  private static final long PRINTED_MAX = 50;

  private final AtomicLong count = new AtomicLong();

  /** One; the first ones are printed. */
  public void violation(String what) {
    if (count.incrementAndGet() <= PRINTED_MAX) {
      System.out.println("  VIOLATION " + what);
    }
  }

  /** All that are of one comparison. */
  public void differences(String when, List<String> differences) {
    differences.forEach(each -> violation(when + ": " + each));
  }

  public long count() {
    return count.get();
  }
}

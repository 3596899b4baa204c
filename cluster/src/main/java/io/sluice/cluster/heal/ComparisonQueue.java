package io.sluice.cluster.heal;

import io.smallrye.mutiny.Uni;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * What is due to be compared, each pair of disk and partition once; a few are compared at the same
 * time. A comparison that fails becomes due again, later each time. Returns at once; any thread.
 */
final class ComparisonQueue {
  private static final Logger LOG = LoggerFactory.getLogger(ComparisonQueue.class);
  private static final Duration RETRY_AFTER = Duration.ofSeconds(2);

  /** Of a list that is gone through again and again, for a chunk that nobody can give. */
  private static final int RETRIES_SLOWEST = 30;

  private static final int TOLD_AFTER_FAILURES = 10;

  private final int runningMax;
  private final Function<Held, Uni<Void>> comparison;
  private final HealTimer timer;
  private final HealMeters meters;
  private final ReentrantLock lock = new ReentrantLock();
  private final Set<Held> due = new LinkedHashSet<>();
  private final Map<Held, Integer> failedInARow = new ConcurrentHashMap<>();
  private int running;

  /**
   * @param runningMax how many are compared at the same time
   * @param comparison begins one, on the timer's thread
   */
  ComparisonQueue(
      int runningMax, Function<Held, Uni<Void>> comparison, HealTimer timer, HealMeters meters) {
    this.runningMax = runningMax;
    this.comparison = comparison;
    this.timer = timer;
    this.meters = meters;
  }

  /** They are due; what is already due stays where it is. */
  void add(List<Held> held) {
    lock.lock();
    try {
      due.addAll(held);
      meters.waiting.set(due.size());
    } finally {
      lock.unlock();
    }
    timer.later(this::next, Duration.ZERO);
  }

  private void next() {
    for (Held held = take(); held != null; held = take()) {
      Held one = held;
      Uni.createFrom()
          .deferred(() -> comparison.apply(one))
          .subscribe()
          .with(unused -> ended(one, null), failure -> ended(one, failure));
    }
  }

  private @Nullable Held take() {
    lock.lock();
    try {
      if (running == runningMax || due.isEmpty()) {
        return null;
      }
      Held first = due.iterator().next();
      due.remove(first);
      running++;
      meters.running.set(running);
      meters.waiting.set(due.size());
      return first;
    } finally {
      lock.unlock();
    }
  }

  private void ended(Held held, @Nullable Throwable failure) {
    lock.lock();
    try {
      running--;
      meters.running.set(running);
    } finally {
      lock.unlock();
    }
    if (failure == null) {
      failedInARow.remove(held);
    } else {
      meters.failures.incrementAndGet();
      int times = failedInARow.merge(held, 1, Integer::sum);
      LOG.atLevel(times == TOLD_AFTER_FAILURES ? Level.WARN : Level.DEBUG)
          .log(
              "Disk {} could not be compared in partition {}, {} times in a row: {}",
              held.disk(),
              held.partition(),
              times,
              failure.toString());
      timer.later(
          () -> add(List.of(held)), RETRY_AFTER.multipliedBy(Math.min(times, RETRIES_SLOWEST)));
    }
    timer.later(this::next, Duration.ZERO);
  }
}

package io.sluice.load.gatling;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicIntegerArray;

/** Requests a second, good and failed, from which the dip around an event is read. Thread-safe. */
final class FailoverMeter {

  /** The rate counts as back when a second reaches this share of the rate before. */
  private static final double RECOVERED = 0.9;

  private final AtomicIntegerArray good;
  private final AtomicIntegerArray failed;
  private volatile long startNanos;

  FailoverMeter(int secondsMax) {
    good = new AtomicIntegerArray(secondsMax);
    failed = new AtomicIntegerArray(secondsMax);
  }

  void start(long nowNanos) {
    startNanos = nowNanos;
  }

  /** A request has ended. What ends beyond the last second is not counted. */
  void count(boolean failure, long nowNanos) {
    int second = second(nowNanos);
    if (second < good.length()) {
      (failure ? failed : good).incrementAndGet(second);
    }
  }

  int second(long nowNanos) {
    return (int) ((nowNanos - startNanos) / 1_000_000_000L);
  }

  double failedPercent() {
    long bad = total(failed);
    long all = bad + total(good);
    return all == 0 ? 0 : 100.0 * bad / all;
  }

  /**
   * The share of failed requests, and how the rate fell and came back.
   *
   * @param warmUpSeconds not counted in the rate before the event
   * @param event the second in which it happened
   * @param end the last whole second of the run
   */
  String report(int warmUpSeconds, int event, int end) {
    double before = average(Math.min(warmUpSeconds, event - 1), event);
    int lowest = event;
    int back = -1;
    for (int second = event; second < end; second++) {
      if (good.get(second) < good.get(lowest)) {
        lowest = second;
      }
    }
    for (int second = lowest; second < end && back < 0; second++) {
      if (good.get(second) >= RECOVERED * before) {
        back = second;
      }
    }
    List<Integer> rates = new ArrayList<>();
    for (int second = 0; second < end; second++) {
      rates.add(good.get(second));
    }
    return String.format(
        Locale.ROOT,
        "failover: %d requests, %d failed (%.3f %%)%n"
            + "failover: %.0f requests/s before, %d requests/s in the worst second after (%.0f %%), %s%n"
            + "failover: good requests in each second: %s",
        total(good) + total(failed),
        total(failed),
        failedPercent(),
        before,
        good.get(lowest),
        before == 0 ? 0 : 100 * good.get(lowest) / before,
        back < 0
            ? "not back at 90 % before the end"
            : "back at 90 % after " + (back - event) + " s",
        rates);
  }

  private double average(int from, int to) {
    long sum = 0;
    for (int second = from; second < to; second++) {
      sum += good.get(second);
    }
    return to > from ? (double) sum / (to - from) : 0;
  }

  private static long total(AtomicIntegerArray counts) {
    long sum = 0;
    for (int i = 0; i < counts.length(); i++) {
      sum += counts.get(i);
    }
    return sum;
  }
}

package io.sluice.cluster.member;

import java.time.Duration;

/**
 * How often nodes tell of themselves.
 *
 * @param interval between two hints of a node, on average
 * @param silence without a hint for so long, a node counts as silent
 */
public record HintOptions(Duration interval, Duration silence) {
  public static final HintOptions DEFAULT =
      new HintOptions(Duration.ofSeconds(1), Duration.ofSeconds(5));

  public HintOptions {
    if (interval.toMillis() < 10 || silence.compareTo(interval.multipliedBy(2)) < 0) {
      throw new IllegalArgumentException("silence must be at least twice the interval");
    }
  }
}

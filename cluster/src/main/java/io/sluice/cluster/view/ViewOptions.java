package io.sluice.cluster.view;

import java.time.Duration;

/**
 * How a node follows the cluster's state.
 *
 * @param interval between two questions when nothing says that there is news
 * @param deadline of one question
 * @param pause between two questions at least, whatever hints say: anyone can forge those
 */
public record ViewOptions(Duration interval, Duration deadline, Duration pause) {
  public static final ViewOptions DEFAULT =
      new ViewOptions(Duration.ofSeconds(1), Duration.ofSeconds(2), Duration.ofMillis(50));
}

package io.sluice.load.fault;

import io.sluice.load.cluster.ClusterProcess;
import io.sluice.load.cluster.ClusterProcess.Preparation;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.Random;
import java.util.Set;

/**
 * Something that goes wrong with a cluster, and is over again. Each use is an {@link Occurrence},
 * whose choices follow from the random numbers that it is given.
 */
interface Fault {

  /** As on the command line. */
  String name();

  /** What must be prepared before the nodes start. */
  default Set<Preparation> preparations() {
    return Set.of();
  }

  /** Why it can't be tried here, or on that cluster; empty when it can. */
  default Optional<String> unavailable(ClusterProcess cluster) {
    return Optional.empty();
  }

  /** How long it lasts. */
  default Duration duration() {
    return Duration.ofSeconds(8);
  }

  /**
   * Makes it happen.
   *
   * @throws IOException when it could not; nothing is left then that {@link Occurrence#end} would
   *     undo
   */
  Occurrence begin(ClusterProcess cluster, Random random) throws IOException;

  /** A fault that goes on. */
  interface Occurrence {

    /** What happened to whom, for the output. */
    String description();

    /** Undoes it; nodes that it ended run again, though they may not be ready. */
    void end() throws IOException;
  }

  /** An end that may fail. */
  @FunctionalInterface
  interface End {
    void end() throws IOException;
  }

  /** An occurrence from its parts. */
  static Occurrence occurrence(String description, End end) {
    return new Occurrence() {
      @Override
      public String description() {
        return description;
      }

      @Override
      public void end() throws IOException {
        end.end();
      }
    };
  }
}

package io.sluice.recovery.job;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * A drill that is asked for.
 *
 * @param share of the objects, more than 0 and at most 1
 * @param seed chooses them
 * @param spaceMax bytes that it may take on the node's disk at a time; at least {@link #SPACE_MIN}
 * @param parent directory of the node in which it makes its own; null: that for temporary files
 */
public record DrillOrder(double share, long seed, long spaceMax, @Nullable Path parent) {
  public static final long SPACE_MIN = 1 << 20;
  public static final long SPACE_DEFAULT = 1L << 30;

  public DrillOrder {
    if (!(share > 0 && share <= 1)) {
      throw new IllegalArgumentException("A share is more than 0, and at most 1.");
    }
    if (spaceMax < SPACE_MIN) {
      throw new IllegalArgumentException("A drill needs space of 1 MiB at least.");
    }
  }
}

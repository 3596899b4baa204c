package io.sluice.load.process;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What a run's choices follow from, so that it can be done again; a mixin. */
public final class SeedOption {
  private final long chosen = System.nanoTime() & 0xffff_ffffL;

  @Option(names = "--seed", description = "Seed of the run (default: a random one, printed).")
  private @Nullable Long seed;

  public long value() {
    return seed != null ? seed : chosen;
  }
}

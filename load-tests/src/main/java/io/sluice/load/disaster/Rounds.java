package io.sluice.load.disaster;

import io.sluice.load.process.SeedOption;
import java.util.Random;

/** A run of rounds: says its seed first, and last what it found. */
public final class Rounds {
  private Rounds() {}

  /** What is done, all rounds of it. */
  @FunctionalInterface
  public interface Work {
    void run(Random random, Findings findings) throws Exception;
  }

  /**
   * Does it.
   *
   * @param name of the run, for people
   * @param count how many rounds it does
   * @return the exit code: 0 when there was no violation
   */
  public static int run(String name, SeedOption seed, int count, Work work) throws Exception {
    long start = System.nanoTime();
    Findings findings = new Findings();
    System.out.println(name + ": seed " + seed.value());
    work.run(new Random(seed.value()), findings);
    System.out.printf(
        "%s: seed %d: %d rounds in %.0f s, %d violations%n",
        name, seed.value(), count, (System.nanoTime() - start) / 1e9, findings.count());
    return findings.count() == 0 ? 0 : 1;
  }
}

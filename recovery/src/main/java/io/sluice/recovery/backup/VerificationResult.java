package io.sluice.recovery.backup;

import java.util.List;

/**
 * What a verification found.
 *
 * @param sets that were looked at, with those of their chains
 * @param files whose SHA-256 was compared
 * @param bytes that were read for it
 * @param chunks whose records were checked
 * @param objects whose rows were read
 * @param share of the packs whose bytes were read, more than 0 and at most 1
 * @param problems none: everything is as it was written
 */
public record VerificationResult(
    int sets,
    long files,
    long bytes,
    long chunks,
    long objects,
    double share,
    List<Problem> problems) {

  public VerificationResult {
    problems = List.copyOf(problems);
  }

  /**
   * Something that is wrong with one file.
   *
   * @param file below the cluster's folder
   * @param what for people; the first thing that was found
   * @param touched how many objects can't be restored as they were because of it, as far as that
   *     can be known
   * @param objects some of them, BUCKET/KEY; of a bucket whose row is lost, by its id
   */
  public record Problem(String file, String what, long touched, List<String> objects) {
    /** Objects that are named, at most. */
    public static final int OBJECTS_MAX = 100;

    public Problem {
      objects = List.copyOf(objects);
    }
  }

  public boolean isGood() {
    return problems.isEmpty();
  }
}

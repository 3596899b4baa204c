package io.sluice.recovery.backup.restore;

import java.util.List;

/**
 * What was restored to files.
 *
 * @param objects that are there, whole and checked
 * @param bytes of them
 * @param failed how many are not, as far as they are known by name
 * @param complete whether everything that was wanted is there
 * @param problems some of those that are not, and what else was found
 */
public record FileRestoreResult(
    long objects, long bytes, long failed, boolean complete, List<Problem> problems) {
  /** Problems that are kept, at most. */
  public static final int PROBLEMS_MAX = 10_000;

  /**
   * Something that could not be restored.
   *
   * @param name the bucket, a slash and the key; or of rows that are lost, what is known of them
   * @param what is wrong, for people
   */
  public record Problem(String name, String what) {}

  public FileRestoreResult {
    problems = List.copyOf(problems);
  }
}

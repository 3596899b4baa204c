package io.sluice.storage;

/**
 * The ids of the pins of a backup: one for each attempt of a run to make the cut, the same in all
 * shards. They are the run's and not the set's: what a run that was taken for dead still does with
 * its pins must not touch those of the one that goes on.
 */
public final class BackupPins {
  private static final String PREFIX = "b.";

  private BackupPins() {}

  /**
   * The id.
   *
   * @param run the id of the run, at most 40 characters
   * @param attempt from 1 on
   */
  public static String id(String run, int attempt) {
    return PREFIX + run + '.' + attempt;
  }

  /** Whether a pin is a backup's, and not that of something else. */
  public static boolean isOne(String pin) {
    return pin.startsWith(PREFIX);
  }

  public static boolean isOf(String pin, String run) {
    return pin.startsWith(PREFIX + run + '.');
  }
}

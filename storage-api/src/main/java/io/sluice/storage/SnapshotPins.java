package io.sluice.storage;

/** The ids of the pins of a snapshot: one for each attempt to make it, the same in all shards. */
public final class SnapshotPins {
  private static final String PREFIX = "s.";

  private SnapshotPins() {}

  /**
   * The id.
   *
   * @param snapshot the id of the snapshot, at most 40 characters
   * @param attempt from 1 on
   */
  public static String id(String snapshot, int attempt) {
    return PREFIX + snapshot + '.' + attempt;
  }

  /** Whether a pin is a snapshot's, and not that of something else. */
  public static boolean isOne(String pin) {
    return pin.startsWith(PREFIX);
  }

  public static boolean isOf(String pin, String snapshot) {
    return pin.startsWith(PREFIX + snapshot + '.');
  }
}

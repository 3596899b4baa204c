package io.sluice.storage;

import org.jspecify.annotations.Nullable;

/**
 * What a bucket of a snapshot is called where it is read as a bucket of its own: {@code
 * BUCKET--SNAPSHOT--snap}. No bucket that is made can be called so.
 *
 * @param bucket its name when the snapshot was made
 * @param snapshot without two hyphens in a row, so that there is one way to read the whole
 */
public record SnapshotViewName(String bucket, String snapshot) {
  /** What the names of views end with, and those of new buckets don't. */
  public static final String SUFFIX = "--snap";

  private static final String SEPARATOR = "--";
  private static final int LENGTH_MAX = 255;

  /** The parts of a name; null when it can't be that of a view. */
  public static @Nullable SnapshotViewName parse(String name) {
    if (name.length() > LENGTH_MAX || !name.endsWith(SUFFIX)) {
      return null;
    }
    String both = name.substring(0, name.length() - SUFFIX.length());
    int separator = both.lastIndexOf(SEPARATOR);
    int snapshot = separator + SEPARATOR.length();
    return separator <= 0 || snapshot == both.length()
        ? null
        : new SnapshotViewName(both.substring(0, separator), both.substring(snapshot));
  }

  @Override
  public String toString() {
    return bucket + SEPARATOR + snapshot + SUFFIX;
  }
}

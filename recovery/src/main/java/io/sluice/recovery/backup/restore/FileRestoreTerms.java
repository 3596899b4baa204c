package io.sluice.recovery.backup.restore;

import org.jspecify.annotations.Nullable;

/**
 * What to restore to files, and how.
 *
 * @param bucket only this one; null: all
 * @param prefix only keys that begin with it; empty: all
 * @param overwrite whether files that are there may be replaced; without, the directory must be
 *     empty
 * @param skipDamaged whether to go on when an object can't be restored as it was
 * @param workers threads, 1 to 64
 */
public record FileRestoreTerms(
    @Nullable String bucket, String prefix, boolean overwrite, boolean skipDamaged, int workers) {
  private static final int WORKERS_MAX = 64;

  public FileRestoreTerms {
    if (workers < 1 || workers > WORKERS_MAX) {
      throw new IllegalArgumentException("1 to 64 workers, not " + workers);
    }
  }
}

package io.sluice.recovery.backup.prune;

import io.sluice.recovery.backup.file.BackupFiles;
import io.sluice.recovery.backup.format.PackId;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;

/**
 * Removes files, and counts. What the target refuses is noted and passed over, until there is too
 * much of it in a row: then it is not this or that file. Changed by one thread at a time; bytes may
 * be read by any.
 */
final class Deletions {
  private static final int NOTED_MAX = 100;
  private static final int REFUSED_IN_A_ROW_MAX = 1_000;

  private final BackupFiles files;
  private final List<PruneReport.Refusal> refused = new ArrayList<>();
  private long sets;
  private long packs;
  private final LongAdder bytes = new LongAdder();
  private long refusedCount;
  private int refusedInARow;

  Deletions(BackupFiles files) {
    this.files = files;
  }

  /**
   * Removes a file.
   *
   * @return whether it is gone
   * @throws IOException when the target refused very many
   */
  boolean delete(String name, long size) throws IOException {
    try {
      files.delete(name);
    } catch (IOException e) {
      refuse(name, e);
      return false;
    }
    refusedInARow = 0;
    bytes.add(size);
    if (PackId.isFile(name)) {
      packs++;
    }
    return true;
  }

  private void refuse(String name, IOException why) throws IOException {
    refusedCount++;
    if (refused.size() < NOTED_MAX) {
      refused.add(new PruneReport.Refusal(name, String.valueOf(why.getMessage())));
    }
    if (++refusedInARow >= REFUSED_IN_A_ROW_MAX) {
      throw new IOException(
          "%s: the target refused to remove %d files in a row, the last one: %s"
              .formatted(files, refusedInARow, why.getMessage()),
          why);
    }
  }

  /** What was removed is there again. */
  void isBack(long size) {
    bytes.add(-size);
  }

  void countSet() {
    sets++;
  }

  long bytes() {
    return bytes.sum();
  }

  PruneReport report() {
    return new PruneReport(sets, packs, bytes.sum(), refusedCount, refused);
  }
}

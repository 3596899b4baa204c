package io.sluice.recovery.backup.prune;

import io.sluice.recovery.backup.file.BackupFiles;
import io.sluice.recovery.backup.format.PackId;
import io.sluice.recovery.backup.target.StoredFile;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
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
  private final Prune.Right right;
  private final List<PruneReport.Refusal> refused = new ArrayList<>();
  private long sets;
  private long packs;
  private final LongAdder bytes = new LongAdder();
  private long refusedCount;
  private int refusedInARow;

  Deletions(BackupFiles files, Prune.Right right) {
    this.files = files;
    this.right = right;
  }

  /** What became of a file. */
  enum Fate {
    GONE,

    /** The target said no. */
    STAYS,

    /** It is there, or was when it was looked for; but who knows what the target still does. */
    UNKNOWN
  }

  /**
   * Removes a file.
   *
   * @throws IOException when the target refused very many, or the right is gone
   */
  Fate delete(String name, long size) throws IOException {
    right.require();
    try {
      files.delete(name);
    } catch (IOException e) {
      if (!isGone(name)) {
        refuse(name, e);
        return e instanceof AccessDeniedException ? Fate.STAYS : Fate.UNKNOWN;
      }
    }
    refusedInARow = 0;
    bytes.add(size);
    if (PackId.isFile(name)) {
      packs++;
    }
    return Fate.GONE;
  }

  /** A target may fail when all is done. */
  private boolean isGone(String name) {
    try (StoredFile there = files.openStored(name)) {
      return false;
    } catch (NoSuchFileException gone) {
      return true;
    } catch (IOException unknown) {
      return false;
    }
  }

  /** Notes what the target did not do. */
  void refuse(String name, IOException why) throws IOException {
    refusedCount++;
    if (refused.size() < NOTED_MAX) {
      refused.add(new PruneReport.Refusal(name, reason(why)));
    }
    if (++refusedInARow >= REFUSED_IN_A_ROW_MAX) {
      throw new IOException(
          "%s: the target refused to remove %d files in a row, the last one: %s"
              .formatted(files, refusedInARow, reason(why)),
          why);
    }
  }

  private static String reason(IOException why) {
    // The name of the file is said already.
    String reason = why instanceof AccessDeniedException denied ? denied.getReason() : null;
    return String.valueOf(reason == null ? why.getMessage() : reason);
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

package io.sluice.recovery.backup.prune;

import io.sluice.recovery.backup.SetId;
import io.sluice.recovery.backup.file.BackupFiles;
import java.io.IOException;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * Marks on sets that a prune is about to remove: {@code sets/ID/going-8HEX}, an empty file, so that
 * it fits where nothing else does. It is there before the first of the set's files goes, and goes
 * after the last. No hold is given to a set that has one; {@link Holds} says why neither misses the
 * other.
 *
 * <p>Blocks.
 */
final class GoingMarks {
  private static final String PREFIX = "going-";

  private GoingMarks() {}

  static boolean isMark(String name) {
    return SetFiles.isOfKind(PREFIX, name);
  }

  static List<String> of(BackupFiles files, SetId set) throws IOException {
    return SetFiles.ofKind(files, set, PREFIX);
  }

  /** Marks a set; the mark of a prune that ended half-way will do. */
  static void put(BackupFiles files, SetId set) throws IOException {
    if (of(files, set).isEmpty()) {
      SetFiles.write(files, set, PREFIX, new byte[0]);
    }
  }

  /** The sets that have one. */
  static Set<SetId> list(BackupFiles files) throws IOException {
    Set<SetId> going = new TreeSet<>();
    files.list(
        "sets/",
        file -> {
          if (isMark(file.name())) {
            SetFiles.setOf(file.name()).ifPresent(going::add);
          }
        });
    return going;
  }
}

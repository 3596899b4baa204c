package io.sluice.recovery.backup.prune;

import io.sluice.recovery.backup.SetId;
import io.sluice.recovery.backup.file.BackupFiles;
import java.io.IOException;
import java.util.Optional;

/** The names of a set's files, below the cluster's folder. */
final class SetFiles {
  private static final int PARTS = 3;

  private SetFiles() {}

  /** The set that a file belongs to, if it lies in the folder of one. */
  static Optional<SetId> setOf(String name) {
    String[] parts = name.split("/", -1);
    return parts.length == PARTS && parts[0].equals("sets")
        ? SetId.parse(parts[1])
        : Optional.empty();
  }

  /** The file with which a set is there. */
  static String json(SetId set) {
    return set.folder() + "set.json";
  }

  static boolean isChunkIndex(String name) {
    return name.startsWith("chunks-", name.lastIndexOf('/') + 1);
  }

  static void requireComplete(BackupFiles files, SetId set) throws IOException {
    files.openStored(json(set)).close();
  }
}

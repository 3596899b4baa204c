package io.sluice.recovery.backup.prune;

import io.sluice.recovery.backup.SetId;
import io.sluice.recovery.backup.file.BackupFiles;
import io.sluice.recovery.backup.target.NewFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/** The names of a set's files, below the cluster's folder. */
final class SetFiles {
  private static final SecureRandom RANDOM = new SecureRandom();
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

  /** Whether the last part of a name begins so. */
  static boolean isOfKind(String prefix, String name) {
    return name.startsWith(prefix, name.lastIndexOf('/') + 1);
  }

  /** The names of a set's files of one kind. */
  static List<String> ofKind(BackupFiles files, SetId set, String prefix) throws IOException {
    List<String> names = new ArrayList<>();
    files.list(set.folder() + prefix, file -> names.add(file.name()));
    return names;
  }

  /** Writes a small file of a set under a name that was never used, which it returns. */
  static String write(BackupFiles files, SetId set, String prefix, byte[] bytes)
      throws IOException {
    byte[] random = new byte[4];
    RANDOM.nextBytes(random);
    String name = set.folder() + prefix + HexFormat.of().formatHex(random);
    try (NewFile file = files.createRemovable(name)) {
      file.write(ByteBuffer.wrap(bytes));
      file.commit();
    }
    return name;
  }

  static void requireComplete(BackupFiles files, SetId set) throws IOException {
    files.openStored(json(set)).close();
  }
}

package io.sluice.recovery.backup.restore;

import io.sluice.recovery.backup.format.RowGroup;
import io.sluice.storage.proto.ObjectVersion;
import java.nio.file.Path;
import java.util.List;

/**
 * An object on its way to a file.
 *
 * @param bucket its name
 * @param path below the directory that is restored to: names of directories, and of the file
 */
record WantedObject(String bucket, RowGroup row, List<String> path) {
  ObjectVersion version() {
    return row.row().getObject().getObject();
  }

  long size() {
    return version().getSize();
  }

  String key() {
    return row.key().key().toStringUtf8();
  }

  /** For people. */
  String name() {
    return bucket + "/" + key();
  }

  Path in(Path root) {
    Path file = root;
    for (String name : path) {
      file = file.resolve(name);
    }
    return file;
  }
}

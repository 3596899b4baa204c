package io.sluice.app.cluster;

import io.sluice.storage.DurableDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.UUID;

/**
 * What tells a node from another of the same name: made with the metadata directory and lost with
 * it, because a node without its metadata is a stranger (INVARIANTS 6).
 */
final class Incarnation {
  private static final String FILE = "incarnation";

  private Incarnation() {}

  /** Reads it, or makes it. Blocks. */
  static String of(Path metadataDirectory) throws IOException {
    Path file = metadataDirectory.resolve(FILE);
    if (Files.exists(file)) {
      return Files.readString(file).strip();
    }
    DurableDirectory.create(metadataDirectory, DurableDirectory::sync);
    String made = UUID.randomUUID().toString();
    Path draft = metadataDirectory.resolve(FILE + ".new");
    Files.writeString(draft, made + "\n");
    DurableDirectory.sync(draft);
    Files.move(draft, file, StandardCopyOption.ATOMIC_MOVE);
    DurableDirectory.sync(metadataDirectory);
    return made;
  }
}

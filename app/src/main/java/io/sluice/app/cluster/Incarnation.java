package io.sluice.app.cluster;

import io.sluice.app.node.StartupException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.UUID;

/**
 * What tells a node from another of the same name: made with the metadata directory and lost with
 * it, because a node without its metadata is a stranger (INVARIANTS 6).
 */
record Incarnation(KeptLine line, String id) {
  private static final String FILE = "incarnation";

  /** Reads it, or makes one up that is not kept yet: the start may still be refused. Blocks. */
  static Incarnation of(Path metadataDirectory) throws IOException {
    KeptLine line = new KeptLine(metadataDirectory, FILE);
    Optional<String> kept = line.read();
    return new Incarnation(line, kept.orElseGet(() -> UUID.randomUUID().toString()));
  }

  /**
   * Keeps it for later starts, before the directory becomes one of a cluster. Blocks.
   *
   * @throws StartupException when another process made another meanwhile
   */
  void keep() throws IOException {
    Optional<String> kept = line.read();
    if (kept.isEmpty()) {
      line.write(id);
    } else if (!kept.get().equals(id)) {
      throw new StartupException(
          "another server uses the metadata directory " + line.directory(), null);
    }
  }
}

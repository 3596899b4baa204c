package io.sluice.app.cluster;

import io.sluice.app.node.StartupException;
import io.sluice.storage.DurableDirectory;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.UUID;

/**
 * What tells a node from another of the same name: made with the metadata directory and lost with
 * it, because a node without its metadata is a stranger (INVARIANTS 6).
 */
record Incarnation(KeptLine line, String id) {
  private static final String FILE = "incarnation";

  /** Held while the first line is written, and never again. */
  private static final String LOCK = "incarnation.lock";

  /** Reads it, or makes one up that is not kept yet: the start may still be refused. Blocks. */
  static Incarnation of(Path metadataDirectory) throws IOException {
    KeptLine line = new KeptLine(metadataDirectory, FILE);
    Optional<String> kept = line.read();
    return new Incarnation(line, kept.orElseGet(() -> UUID.randomUUID().toString()));
  }

  /**
   * Keeps it for later starts, before the directory becomes one of a cluster. Of two processes that
   * begin in one directory at once the first keeps its own, and the other is refused: else the
   * first would come back as the other, whom the cluster does not know. The directory's own lock is
   * taken later, and not by every node. Blocks; for another process no longer than that writes its
   * line.
   *
   * @throws StartupException when another process made another meanwhile
   */
  void keep() throws IOException {
    if (line.read().isEmpty()) {
      DurableDirectory.create(line.directory(), DurableDirectory::sync);
      try (FileChannel lockFile =
          FileChannel.open(
              line.directory().resolve(LOCK),
              StandardOpenOption.CREATE,
              StandardOpenOption.WRITE)) {
        lockFile.lock(); // given back when it is closed
        if (line.read().isEmpty()) {
          line.write(id);
        }
      } catch (OverlappingFileLockException e) {
        throw usedByAnother(); // of this very process
      }
    }
    if (!line.read().equals(Optional.of(id))) {
      throw usedByAnother();
    }
  }

  private StartupException usedByAnother() {
    return new StartupException(
        "another server uses the metadata directory " + line.directory(), null);
  }
}

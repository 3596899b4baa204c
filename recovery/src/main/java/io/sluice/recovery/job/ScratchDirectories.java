package io.sluice.recovery.job;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/**
 * Directories for what is needed for a while. Their names say which node of which cluster made
 * them, so what a node left behind that was killed is found by the same one, and nobody else's is
 * touched. Blocks; safe for use by many threads.
 */
final class ScratchDirectories {
  private final String prefix;
  private final Set<Path> used = ConcurrentHashMap.newKeySet();

  /**
   * @param owner letters, digits and hyphens that nobody else has on this machine
   */
  ScratchDirectories(String owner) {
    this.prefix = "sluice-drill-" + owner + "-";
  }

  /** Makes one, which only this process's user can look into. */
  Path create(Path parent) throws IOException {
    Path made = Files.createTempDirectory(parent, prefix);
    used.add(made);
    return made;
  }

  /** Removes one. */
  void remove(Path made) throws IOException {
    delete(made);
    used.remove(made);
  }

  /** Removes those of an earlier process of this node. */
  void clear(Path parent) throws IOException {
    try (DirectoryStream<Path> there =
        Files.newDirectoryStream(
            parent, path -> String.valueOf(path.getFileName()).startsWith(prefix))) {
      for (Path path : there) {
        if (!used.contains(path)) {
          delete(path);
        }
      }
    }
  }

  /** Does not follow links. */
  private static void delete(Path root) throws IOException {
    try (Stream<Path> all = Files.walk(root)) {
      for (Path path : (Iterable<Path>) all.sorted(Comparator.reverseOrder())::iterator) {
        Files.deleteIfExists(path);
      }
    }
  }
}

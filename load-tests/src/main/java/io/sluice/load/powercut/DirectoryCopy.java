package io.sluice.load.powercut;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Copies of data directories, and the sizes of what is in them. */
final class DirectoryCopy {

  private DirectoryCopy() {}

  static void copy(Path from, Path to) throws IOException {
    for (Path source : below(from)) {
      Path target = to.resolve(from.relativize(source).toString());
      if (Files.isDirectory(source)) {
        Files.createDirectories(target);
      } else {
        Files.copy(source, target);
      }
    }
  }

  /** Size in bytes of every file, by absolute path; empty when there is no such directory. */
  static Map<String, Long> sizes(Path directory) throws IOException {
    Map<String, Long> sizes = new HashMap<>();
    if (Files.isDirectory(directory)) {
      for (Path file : below(directory)) {
        if (Files.isRegularFile(file)) {
          try {
            sizes.put(file.toString(), Files.size(file));
          } catch (NoSuchFileException e) {
            // Removed meanwhile.
          }
        }
      }
    }
    return sizes;
  }

  private static List<Path> below(Path directory) throws IOException {
    try (Stream<Path> paths = Files.walk(directory)) {
      return paths.toList();
    }
  }
}

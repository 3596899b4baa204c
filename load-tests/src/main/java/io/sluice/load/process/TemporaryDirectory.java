package io.sluice.load.process;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * A directory that is gone after use. It is made on the disk that is measured: the system's own may
 * lie in memory.
 */
public record TemporaryDirectory(Path path) implements AutoCloseable {

  public static TemporaryDirectory in(Path parent, String prefix) throws IOException {
    Files.createDirectories(parent);
    return new TemporaryDirectory(Files.createTempDirectory(parent.toRealPath(), prefix));
  }

  /** As {@link #close}, unless what is in it is wanted. */
  public void closeUnless(boolean isKept, String run) throws IOException {
    if (isKept) {
      System.out.println(run + ": data kept in " + path);
    } else {
      close();
    }
  }

  @Override
  public void close() throws IOException {
    delete(path);
  }

  /** Removes a directory and what is in it; one that is not there is as good. */
  public static void delete(Path directory) throws IOException {
    if (!Files.exists(directory)) {
      return;
    }
    List<Path> deepestFirst;
    try (Stream<Path> paths = Files.walk(directory)) {
      deepestFirst = paths.sorted(Comparator.reverseOrder()).toList();
    }
    for (Path path : deepestFirst) {
      Files.deleteIfExists(path);
    }
  }
}

package io.sluice.app.node;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * Native code that libraries unpacked from their jars into the directory for temporary files. They
 * remove it when the JVM ends, but not when it is killed: some 15 MB for each start. Linux can do
 * without the file once it is mapped.
 */
public final class UnpackedLibraries {
  private static final Path MAPS = Path.of("/proc/self/maps");

  private UnpackedLibraries() {}

  /**
   * Removes those that this process has mapped. Where that can't be found out, as on other systems,
   * and where a file can't be removed, all stays as it is. Blocks for a moment.
   */
  public static void remove() {
    Path temporary = Path.of(System.getProperty("java.io.tmpdir")).toAbsolutePath().normalize();
    try {
      for (Path library : mapped(temporary)) {
        Files.deleteIfExists(library);
      }
    } catch (IOException stays) {
      return;
    }
  }

  /** Libraries in that very directory that are in memory. */
  static List<Path> mapped(Path directory) throws IOException {
    String prefix = directory + "/";
    // Paths of others may be anything; none of these bytes is no character of this set.
    try (Stream<String> lines = Files.lines(MAPS, StandardCharsets.ISO_8859_1)) {
      return lines
          .filter(line -> line.indexOf('/') >= 0 && line.endsWith(".so"))
          .map(line -> line.substring(line.indexOf('/')))
          .filter(path -> path.startsWith(prefix) && path.indexOf('/', prefix.length()) < 0)
          .distinct()
          .map(Path::of)
          .toList();
    }
  }
}

package io.sluice.load.consistency;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.ZipFile;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The consistency run sees what it is there to see: a server whose reads are not confirmed by a
 * majority is found out. The seed of a run is in its output.
 */
class StaleReadsIT {

  private static final Path JAR = Path.of(System.getProperty("sluice.jar"));

  /** A pause of a leader may by chance meet no read that is told apart. */
  private static final int TRIES = 3;

  @TempDir private Path directory;

  @Test
  @Tag("nodes")
  void consistencyRun_readsWithoutTheLeadersProof_isCaught() throws IOException {
    Path broken = StaleServerJar.in(directory, JAR);
    boolean caught = false;
    for (int i = 0; i < TRIES && !caught; i++) {
      ConsistencyRun.run(
          "--jar=" + broken,
          "--nodes=3",
          "--seconds=30",
          "--clients=24",
          "--keys=4",
          "--faults=pause-leader",
          "--fault-seconds=15",
          "--work-dir=" + directory);
      caught = !staleHistories().isEmpty();
    }
    assertThat(caught).isTrue();
  }

  @Test
  void staleServerJar_containsOneClassOnly() throws IOException {
    try (ZipFile jar = new ZipFile(StaleServerJar.in(directory, JAR).toFile());
        InputStream entry = jar.getInputStream(jar.getEntry("META-INF/MANIFEST.MF"))) {
      assertThat(entry.readAllBytes()).isNotEmpty();
      assertThat(jar.size()).isEqualTo(2);
    }
  }

  /** Written for keys whose history can't be explained, and not where nodes failed to start. */
  private List<Path> staleHistories() throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.filter(file -> file.getFileName().toString().startsWith("violation-")).toList();
    }
  }
}

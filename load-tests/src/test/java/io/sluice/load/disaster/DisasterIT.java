package io.sluice.load.disaster;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Three nodes are lost and restored once, with the jar that this build has just made; {@code
 * bin/disaster-run} is the long form. A failure prints its seed.
 */
class DisasterIT {
  private static final Path JAR = Path.of(System.getProperty("sluice.jar"));

  @TempDir private Path directory;

  @Test
  @Tag("nodes")
  void disasterRun_threeNodesDeleted_comeBackAsTheyWere() {
    assertThat(JAR).isRegularFile();
    assertThat(
            DisasterRun.run(
                "--jar=" + JAR,
                "--work-dir=" + directory,
                "--nodes=3",
                "--network=LOOPBACK",
                "--rounds=1",
                "--moments=2",
                "--writes=30",
                "--kill=NONE"))
        .isZero();
  }
}

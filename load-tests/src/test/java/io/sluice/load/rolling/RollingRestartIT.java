package io.sluice.load.rolling;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Each of three nodes is restarted once, with the jar that this build has just made; {@code
 * bin/rolling-restart} is the long form.
 */
class RollingRestartIT {
  private static final Path JAR = Path.of(System.getProperty("sluice.jar"));

  @TempDir private Path directory;

  @Test
  @Tag("nodes")
  void rollingRestart_threeNodesUnderLoad_noRequestFails() {
    assertThat(JAR).isRegularFile();
    assertThat(
            RollingRestart.run(
                "--jar=" + JAR,
                "--work-dir=" + directory,
                "--nodes=3",
                "--network=LOOPBACK",
                "--clients=2"))
        .isZero();
  }
}

package io.sluice.load.standby;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A primary is killed under load, and its standby, which is killed in the middle of that, takes
 * over by itself; with the jar that this build has just made. {@code bin/standby-run} is the long
 * form. A failure prints its seed.
 */
class StandbyIT {
  private static final Path JAR = Path.of(System.getProperty("sluice.jar"));

  @TempDir private Path directory;

  @Test
  @Tag("nodes")
  void standbyRun_primaryKilled_standbyTakesOver_andGivesBack() {
    assertThat(JAR).isRegularFile();
    assertThat(
            StandbyRun.run(
                "--jar=" + JAR,
                "--work-dir=" + directory,
                "--nodes=1",
                "--standby-nodes=1",
                "--variants=AUTOMATIC_INTERRUPTED",
                "--rounds=1",
                "--writers=2",
                "--seconds-max=4"))
        .isZero();
  }
}

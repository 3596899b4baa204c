package io.sluice.load.disaster;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A server is killed in the middle of a restore, a prune and a backup, once each; with the jar that
 * this build has just made. {@code bin/interrupt-run} is the long form. A failure prints its seed.
 */
class InterruptIT {
  private static final Path JAR = Path.of(System.getProperty("sluice.jar"));

  @TempDir private Path directory;

  @Test
  void interruptRun_killedInTheMiddle_goesOnOrIsBegunAgain_andVerifies() {
    assertThat(JAR).isRegularFile();
    assertThat(
            InterruptRun.run(
                "--jar=" + JAR, "--work-dir=" + directory, "--rounds=1", "--writes=12"))
        .isZero();
  }
}

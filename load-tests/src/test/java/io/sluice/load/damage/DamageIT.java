package io.sluice.load.damage;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Backups of a server are damaged, each kind of file once in each way, with the jar that this build
 * has just made; {@code bin/damage-run} is the long form. A failure prints its seed.
 */
class DamageIT {
  private static final Path JAR = Path.of(System.getProperty("sluice.jar"));

  @TempDir private Path directory;

  @Test
  void damageRun_eachFileInEachWay_isNamed_andTheRestRestored() {
    assertThat(JAR).isRegularFile();
    assertThat(
            DamageRun.run("--jar=" + JAR, "--work-dir=" + directory, "--objects=16", "--rounds=1"))
        .isZero();
  }
}

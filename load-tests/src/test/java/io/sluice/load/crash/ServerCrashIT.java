package io.sluice.load.crash;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A few cycles of the crash run against the jar that this build has just made. {@code
 * bin/crash-run} is the long form; a failure prints its seed.
 */
class ServerCrashIT {
  private static final Path JAR = Path.of(System.getProperty("sluice.jar"));

  @TempDir private Path directory;

  @Test
  void crashRun_oneDisk_losesNothing() {
    assertThat(run("--cycles=2", "--kill-starting=0.5")).isZero();
  }

  @Test
  void crashRun_twoDisks_losesNothing() {
    assertThat(run("--cycles=1", "--disks=2", "--kill-starting=0")).isZero();
  }

  private int run(String... arguments) {
    assertThat(JAR).isRegularFile();
    Stream<String> always =
        Stream.of(
            "--jar=" + JAR,
            "--writers=4",
            "--min-seconds=0.3",
            "--max-seconds=1",
            "--work-dir=" + directory);
    return CrashRun.run(Stream.concat(always, Stream.of(arguments)).toArray(String[]::new));
  }
}

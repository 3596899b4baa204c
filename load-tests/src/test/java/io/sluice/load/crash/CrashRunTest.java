package io.sluice.load.crash;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.load.standin.StandInServer;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The run finds nothing wrong with an honest store, and does find what a dishonest one loses. */
class CrashRunTest {

  @TempDir private Path directory;

  @Test
  void run_honestServer_hasNoViolation() {
    assertThat(run(StandInServer.Mode.HONEST)).isZero();
  }

  @Test
  void run_serverThatWritesAfterAcknowledging_isFound() {
    assertThat(run(StandInServer.Mode.LATE)).isOne();
  }

  @Test
  void run_serverThatShowsHalfAWrite_isFound() {
    assertThat(run(StandInServer.Mode.TORN)).isOne();
  }

  private int run(StandInServer.Mode mode) {
    return CrashRun.commandLine()
        .execute(
            "--server-command=" + StandInServer.command(mode),
            "--cycles=1",
            "--seed=5",
            "--writers=4",
            "--min-seconds=0.3",
            "--max-seconds=0.6",
            "--kill-starting=0",
            "--work-dir=" + directory);
  }
}

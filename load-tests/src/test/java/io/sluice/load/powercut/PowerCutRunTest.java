package io.sluice.load.powercut;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.sluice.load.standin.StandInServer;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A store that fsyncs outlives the cut, one that does not is found out. */
class PowerCutRunTest {

  @TempDir private Path directory;

  @BeforeEach
  void needStrace() throws InterruptedException {
    boolean works;
    try {
      works = new ProcessBuilder("strace", "-o", "/dev/null", "true").start().waitFor() == 0;
    } catch (IOException e) {
      works = false;
    }
    assumeTrue(works, "strace is not here or may not trace");
  }

  @Test
  void run_serverThatFsyncs_hasNoViolation() {
    assertThat(run(StandInServer.Mode.DURABLE)).isZero();
  }

  @Test
  void run_serverThatDoesNotFsync_isFound() {
    assertThat(run(StandInServer.Mode.HONEST)).isOne();
  }

  private int run(StandInServer.Mode mode) {
    return PowerCutRun.commandLine()
        .execute(
            "--server-command=" + StandInServer.command(mode),
            "--cycles=1",
            "--variants=2",
            "--seed=7",
            "--writers=2",
            "--max-seconds=0.3",
            "--directories=strict",
            "--work-dir=" + directory);
  }
}

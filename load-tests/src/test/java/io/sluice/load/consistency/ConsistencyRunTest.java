package io.sluice.load.consistency;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.load.standin.StandInServer;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The run finds nothing wrong with an honest store, and does find a stale read. */
class ConsistencyRunTest {

  @TempDir private Path directory;

  @Test
  void run_honestServer_hasNoViolation() {
    assertThat(run(StandInServer.Mode.HONEST, 2, 3)).isZero();
  }

  @Test
  void run_serverThatAnswersFromAPastState_isFound() {
    assertThat(run(StandInServer.Mode.STALE, 4, 3)).isOne();
  }

  /**
   * A kill shows on a key only if its last write was one of those that are forgotten, and is read
   * before the next: with many keys one is among them.
   */
  @Test
  void run_serverThatForgetsWhatItAcknowledged_isFound() {
    assertThat(run(StandInServer.Mode.LATE, 6, 12)).isOne();
  }

  private int run(StandInServer.Mode mode, int seconds, int keys) {
    return ConsistencyRun.run(
        "--server-command=" + StandInServer.command(mode),
        "--nodes=1",
        "--faults=kill",
        "--fault-seconds=0.2",
        "--seconds=" + seconds,
        "--seed=5",
        "--clients=5",
        "--keys=" + keys,
        "--work-dir=" + directory);
  }
}

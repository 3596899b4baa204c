package io.sluice.load.fault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.sluice.load.cluster.ClusterProcess.Preparation;
import io.sluice.load.standin.StandInServer;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FaultsTest {

  @TempDir private Path directory;

  @Test
  void named_all_areAllDifferent() {
    assertThat(Faults.named(List.of("all")))
        .hasSize(14)
        .extracting(Fault::name)
        .doesNotHaveDuplicates();
  }

  @Test
  void named_unknown_isRefusedWithTheKnownOnes() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Faults.named(List.of("kill", "meteor")))
        .withMessageContaining("meteor")
        .withMessageContaining("partition-leader");
  }

  @Test
  void preparations_areThoseOfTheChosen() {
    assertThat(Faults.preparations(Faults.named(List.of("kill")))).isEmpty();
    assertThat(Faults.preparations(Faults.named(List.of("disk-full", "clock-jump"))))
        .containsExactlyInAnyOrder(Preparation.OWN_DISKS, Preparation.CLOCKS);
  }

  @Test
  void faultRun_honestServer_hasNoViolation() {
    assertThat(run(StandInServer.Mode.HONEST)).isZero();
  }

  @Test
  void faultRun_serverThatWritesAfterAcknowledging_isFound() {
    assertThat(run(StandInServer.Mode.LATE)).isOne();
  }

  private int run(StandInServer.Mode mode) {
    return FaultRun.run(
        "--server-command=" + StandInServer.command(mode),
        "--nodes=1",
        "--faults=kill",
        "--fault-seconds=0.2",
        "--once",
        "--seed=5",
        "--writers=3",
        "--work-dir=" + directory);
  }
}

package io.sluice.load.fault;

import io.sluice.load.cluster.ClusterProcess;
import io.sluice.load.cluster.ClusterProcess.Preparation;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.Set;
import picocli.CommandLine.Option;

/** Which faults a run does; shared by the runs that do them. */
public final class FaultOptions {

  @Option(
      names = "--faults",
      split = ",",
      defaultValue = "all",
      description =
          "Faults, by name: kill, kill-leader, kill-all, pause, pause-leader, partition,"
              + " partition-one-way, partition-leader, slow-link, disk-full, disk-slow, bit-rot, lost-index, clock-jump;"
              + " all; none (default: ${DEFAULT-VALUE}). What can't be done here is skipped, which is"
              + " said.")
  private List<String> names = List.of("all");

  @Option(
      names = "--fault-seconds",
      defaultValue = "30",
      description = "No fault lasts longer (default: ${DEFAULT-VALUE}).")
  private double longestSeconds = 30;

  @Option(
      names = "--recovery-seconds",
      defaultValue = "300",
      description =
          "How long all nodes may take after a fault to be ready, and then to have every copy again"
              + " (default: ${DEFAULT-VALUE}).")
  private long recoverySeconds = 180;

  List<Fault> faults() {
    return names.equals(List.of("none")) ? List.of() : Faults.named(names);
  }

  /** What must be prepared before the nodes start. */
  public Set<Preparation> preparations() {
    return Faults.preparations(faults());
  }

  /** Who does the faults; says on the standard output which can't be done to that cluster. */
  public Nemesis nemesis(ClusterProcess cluster, Random random) {
    return new Nemesis(
        cluster,
        faults(),
        random,
        Duration.ofMillis((long) (longestSeconds * 1000)),
        Duration.ofSeconds(recoverySeconds));
  }
}

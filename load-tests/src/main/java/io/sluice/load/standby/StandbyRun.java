package io.sluice.load.standby;

import io.sluice.load.cluster.ClusterOptions;
import io.sluice.load.disaster.Findings;
import io.sluice.load.disaster.Rounds;
import io.sluice.load.process.RunCommandLine;
import io.sluice.load.process.SeedOption;
import io.sluice.load.process.ServerOptions;
import io.sluice.load.process.TemporaryDirectory;
import io.sluice.load.process.WorkDirectoryOption;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code bin/standby-run}: a primary is lost, and its standby takes over. */
@Command(
    name = "standby-run",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Starts two clusters that meet at a directory: clients write to the first, the second follows it. At a",
      "random moment the first is lost, and the second takes over. It must have all that was acknowledged",
      "up to the moment that its last set holds, byte for byte, and nothing that nobody wrote. Then clients",
      "write to it, the first one comes back, must take no writes and list what it had more, and fails",
      "back: both must be equal. In the next round it is the other way round. Exit code 1 on any violation."
    })
public final class StandbyRun implements Callable<Integer> {

  @Mixin private ServerOptions server = new ServerOptions();

  @Option(
      names = "--nodes",
      defaultValue = "3",
      description = "Nodes of the first cluster (default: ${DEFAULT-VALUE}).")
  private int nodes;

  @Option(
      names = "--standby-nodes",
      defaultValue = "1",
      description = "Nodes of the second one (default: ${DEFAULT-VALUE}).")
  private int standbyNodes;

  @Option(
      names = "--variants",
      split = ",",
      defaultValue =
          "KILL,AUTOMATIC,PAUSE,PARTITION,LEASED_PARTITION,INTERRUPTED,AUTOMATIC_INTERRUPTED",
      description =
          "How the primary is lost, in turn: ${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}).")
  private List<Variant> variants = List.of();

  @Option(
      names = "--rounds",
      defaultValue = "7",
      description = "Times that it is lost (default: ${DEFAULT-VALUE}).")
  private int rounds;

  @Option(
      names = "--writers",
      defaultValue = "4",
      description = "Clients (default: ${DEFAULT-VALUE}).")
  private int writers;

  @Option(
      names = "--pause",
      defaultValue = "0",
      description = "Seconds that each of them pauses before a write (default: ${DEFAULT-VALUE}).")
  private double pause;

  @Option(
      names = "--seconds-max",
      defaultValue = "8",
      description = "The longest that they write until it is lost (default: ${DEFAULT-VALUE}).")
  private double secondsMax;

  @Option(
      names = "--every",
      defaultValue = "1s",
      description = "The continuous schedule of backups (default: ${DEFAULT-VALUE}).")
  private String every = "1s";

  @Mixin private WorkDirectoryOption work = new WorkDirectoryOption();

  @Mixin private SeedOption seed = new SeedOption();

  public static void main(String[] arguments) {
    System.exit(run(arguments));
  }

  /**
   * The run as a call, for tests: the same arguments as on the command line.
   *
   * @return the exit code: 0 when there was no violation
   */
  public static int run(String... arguments) {
    return RunCommandLine.of(new StandbyRun()).execute(arguments);
  }

  @Override
  public Integer call() throws Exception {
    return Rounds.run("standby-run", seed, rounds, this::runRounds);
  }

  private void runRounds(Random random, Findings findings) throws Exception {
    try (TemporaryDirectory directory = work.temporary("standby-")) {
      Path meeting = Files.createDirectories(directory.path().resolve("both"));
      try (Side first = side("a", nodes, directory.path(), meeting);
          Side second = side("b", standbyNodes, directory.path(), meeting)) {
        Switchover.Size size = new Switchover.Size(writers, pause, secondsMax, every);
        Switchover pair = new Switchover(first, second, size, random, findings);
        pair.begin(variants.get(0));
        for (int round = 1; round <= rounds; round++) {
          pair.round(
              round,
              variants.get((round - 1) % variants.size()),
              variants.get(round % variants.size()));
        }
      }
    }
  }

  private Side side(String name, int count, Path directory, Path meeting) throws Exception {
    return Side.start(
        name,
        server,
        ClusterOptions.loopback("standby-" + name, count, work.path()),
        directory.resolve(name),
        meeting);
  }
}

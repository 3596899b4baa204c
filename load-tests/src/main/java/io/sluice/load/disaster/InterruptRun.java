package io.sluice.load.disaster;

import io.sluice.load.cluster.ClusterOptions;
import io.sluice.load.process.RunCommandLine;
import io.sluice.load.process.SeedOption;
import io.sluice.load.process.ServerOptions;
import io.sluice.load.process.TemporaryDirectory;
import io.sluice.load.process.WorkDirectoryOption;
import java.util.Random;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code bin/interrupt-run}: all processes are killed in the middle of backups' work. */
@Command(
    name = "interrupt-run",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Starts nodes, writes, makes backups, and kills all processes at random points of a restore, a prune",
      "and a full backup. After each start the backups must verify; what was interrupted is gone on with,",
      "or begun again, and must end; what is restored then must be as it was. (Of a promotion: bin/standby-run",
      "--variants INTERRUPTED.) Exit code 1 on any violation."
    })
public final class InterruptRun implements Callable<Integer> {

  @Mixin private ServerOptions server = new ServerOptions();

  @Option(names = "--nodes", defaultValue = "1", description = "Nodes (default: ${DEFAULT-VALUE}).")
  private int nodes;

  @Option(
      names = "--rounds",
      defaultValue = "5",
      description = "Times that each is interrupted (default: ${DEFAULT-VALUE}).")
  private int rounds;

  @Option(
      names = "--writes",
      defaultValue = "40",
      description = "Writes before each backup (default: ${DEFAULT-VALUE}).")
  private int writes;

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
    return RunCommandLine.of(new InterruptRun()).execute(arguments);
  }

  @Override
  public Integer call() throws Exception {
    return Rounds.run("interrupt-run", seed, rounds, this::runRounds);
  }

  private void runRounds(Random random, Findings findings) throws Exception {
    ClusterOptions shape = ClusterOptions.loopback("interrupt", nodes, work.path());
    try (TemporaryDirectory directory = work.temporary("interrupt-");
        LivingStore store = LivingStore.start(server, shape, directory.path().resolve("cluster"))) {
      Interruptions interruptions =
          new Interruptions(store, directory.path(), writes, random, findings);
      interruptions.begin();
      for (int round = 1; round <= rounds; round++) {
        interruptions.round(round);
      }
    }
  }
}

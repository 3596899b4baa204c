package io.sluice.load.disaster;

import io.sluice.load.cluster.ClusterOptions;
import io.sluice.load.process.RunCommandLine;
import io.sluice.load.process.SeedOption;
import io.sluice.load.process.ServerOptions;
import io.sluice.load.process.TemporaryDirectory;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code bin/disaster-run}: a whole cluster is lost, and restored from its backups. */
@Command(
    name = "disaster-run",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Starts nodes, writes to all of them, and makes a full backup and incremental ones to a directory",
      "meanwhile. Then all nodes are killed and all that they wrote is deleted. A new cluster restores the",
      "newest backup, and others by their time; the command restores it to files. Everything must be as it",
      "was, byte for byte, with its times, types and metadata. Exit code 1 on any violation."
    })
public final class DisasterRun implements Callable<Integer> {

  /** What else goes wrong. */
  enum Kill {
    /** The node that makes a backup is killed. */
    BACKUP,
    /** The node that restores is killed. */
    RESTORE,
    NONE
  }

  @Mixin private ClusterOptions cluster = new ClusterOptions();
  @Mixin private ServerOptions server = new ServerOptions();

  @Option(
      names = "--rounds",
      defaultValue = "3",
      description =
          "Disasters; each store is what was restored after the last one (default:"
              + " ${DEFAULT-VALUE}).")
  private int rounds;

  @Option(
      names = "--moments",
      defaultValue = "4",
      description =
          "Moments in each round at which nobody writes, and the exact state is known (default:"
              + " ${DEFAULT-VALUE}).")
  private int moments;

  @Option(
      names = "--writes",
      defaultValue = "400",
      description = "Writes before each of them (default: ${DEFAULT-VALUE}).")
  private int writes;

  @Option(
      names = "--writers",
      defaultValue = "4",
      description = "Clients (default: ${DEFAULT-VALUE}).")
  private int writers;

  @Option(
      names = "--kill",
      split = ",",
      defaultValue = "BACKUP,RESTORE",
      description =
          "In the middle of what a node is killed besides, in each round: ${COMPLETION-CANDIDATES}"
              + " (default: ${DEFAULT-VALUE}).")
  private List<Kill> kills = List.of();

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
    return RunCommandLine.of(new DisasterRun()).execute(arguments);
  }

  @Override
  public Integer call() throws Exception {
    return Rounds.run("disaster-run", seed, rounds, this::runRounds);
  }

  private void runRounds(Random random, Findings findings) throws Exception {
    try (TemporaryDirectory directory =
            TemporaryDirectory.in(cluster.workDirectory(), "disaster-");
        Disaster disaster =
            new Disaster(
                server,
                cluster,
                directory.path(),
                new Disaster.Size(moments, writes, writers),
                kills,
                random,
                findings)) {
      disaster.begin();
      for (int round = 1; round <= rounds; round++) {
        disaster.round(round);
      }
    }
  }
}

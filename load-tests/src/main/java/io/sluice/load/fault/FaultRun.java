package io.sluice.load.fault;

import io.sluice.load.cluster.ClusterProcess;
import io.sluice.load.crash.ContinuousLoad;
import io.sluice.load.crash.LoadedStore;
import io.sluice.load.process.RunCommandLine;
import io.sluice.load.process.SeedOption;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code bin/fault-run}: faults under continuous load, and a check of everything after each. */
@Command(
    name = "fault-run",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Starts nodes, writes to all of them from many clients, and does one fault after the other. After each",
      "the cluster must be ready and whole again by itself, and every gateway must hold every acknowledged",
      "write, byte for byte, and no half of another. Exit code 1 on any violation."
    })
public final class FaultRun implements Callable<Integer> {

  private static final double QUIET_SECONDS = 1;

  @Mixin private FaultyCluster.Options cluster = new FaultyCluster.Options();

  @Option(
      names = "--seconds",
      defaultValue = "600",
      description =
          "No fault begins after that; each is done once before one is repeated (default:"
              + " ${DEFAULT-VALUE}).")
  private long seconds;

  @Option(names = "--once", description = "End when each fault was done once.")
  private boolean once;

  @Mixin private SeedOption seed = new SeedOption();

  @Option(
      names = "--writers",
      defaultValue = "6",
      description = "Clients (default: ${DEFAULT-VALUE}).")
  private int writers;

  public static void main(String[] arguments) {
    System.exit(run(arguments));
  }

  /**
   * The run as a call, for tests: the same arguments as on the command line.
   *
   * @return the exit code: 0 when there was no violation
   */
  public static int run(String... arguments) {
    return RunCommandLine.of(new FaultRun()).execute(arguments);
  }

  @Override
  public Integer call() throws Exception {
    long runSeed = seed.value();
    Random random = new Random(runSeed);
    LoadedStore store = new LoadedStore(runSeed, writers);
    try (FaultyCluster faulty = cluster.prepare("fault-")) {
      ClusterProcess nodes = faulty.nodes();
      System.out.println(
          "fault-run: seed " + runSeed + ", " + nodes.describe() + ", " + writers + " writers");
      Nemesis nemesis = faulty.start(random);
      store.createBucket(nodes.endpoints().get(0));
      strikeInTurn(nodes, nemesis, store, random);
      return report(nemesis, store, runSeed);
    }
  }

  private void strikeInTurn(
      ClusterProcess nodes, Nemesis nemesis, LoadedStore store, Random random) {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
    Deque<Fault> order = new ArrayDeque<>(nemesis.shuffled());
    List<Fault> all = List.copyOf(order);
    for (int stretch = 1; !order.isEmpty() && System.nanoTime() < end; stretch++) {
      Fault fault = order.remove();
      try {
        strike(stretch, fault, nodes, nemesis, store, random);
      } catch (IOException e) {
        store.violation(fault.name() + ": " + e.getMessage());
        return;
      }
      if (order.isEmpty() && !once) {
        order.addAll(all);
      }
    }
    if (once) {
      order.forEach(left -> System.out.println("not reached in time: " + left.name()));
    }
  }

  private void strike(
      int stretch,
      Fault fault,
      ClusterProcess nodes,
      Nemesis nemesis,
      LoadedStore store,
      Random random)
      throws IOException {
    long before = store.acknowledged();
    Nemesis.Recovery recovery;
    try (ContinuousLoad load = store.load(stretch, nodes.endpoints(), random)) {
      LoadedStore.pause(QUIET_SECONDS);
      recovery = nemesis.strike(fault);
      LoadedStore.pause(QUIET_SECONDS);
    }
    long written = store.acknowledged() - before;
    store.verify(nodes.endpoints(), "after " + stretch + " " + fault.name());
    System.out.println(
        recovery
            + "; "
            + written
            + " writes acknowledged, "
            + store.keys()
            + " keys, "
            + store.violationCount()
            + " violations");
  }

  private static int report(Nemesis nemesis, LoadedStore store, long runSeed) {
    System.out.println("counts: " + store.countsText());
    int faults = nemesis.recoveries().size();
    return store.report("fault-run: seed " + runSeed + ": " + faults + " faults, ");
  }
}

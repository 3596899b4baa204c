package io.sluice.load.crash;

import io.sluice.load.process.ChildProcess;
import io.sluice.load.process.FreePorts;
import io.sluice.load.process.RunCommandLine;
import io.sluice.load.process.SeedOption;
import io.sluice.load.process.ServerOptions;
import io.sluice.load.process.TemporaryDirectory;
import io.sluice.load.process.WorkDirectoryOption;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code bin/crash-run}: cycles of load, SIGKILL, restart and check over one data directory. */
@Command(
    name = "crash-run",
    mixinStandardHelpOptions = true,
    description = {
      "Starts the server as a child, writes to it from many clients, kills it with SIGKILL at a random",
      "moment, restarts it, and checks that every acknowledged write is there, byte for byte, and that no",
      "other one is half-visible. Exit code 1 on any violation."
    })
public final class CrashRun implements Callable<Integer> {

  private static final Duration READY_LIMIT = Duration.ofSeconds(60);

  @Mixin private ServerOptions serverOptions = new ServerOptions();

  @Option(
      names = "--cycles",
      defaultValue = "50",
      description = "Crashes (default: ${DEFAULT-VALUE}).")
  private int cycles;

  @Mixin private SeedOption seed = new SeedOption();

  @Option(
      names = "--writers",
      defaultValue = "8",
      description = "Clients (default: ${DEFAULT-VALUE}).")
  private int writers;

  @Option(
      names = "--min-seconds",
      defaultValue = "0.2",
      description = "Shortest time of load before a kill (default: ${DEFAULT-VALUE}).")
  private double minSeconds;

  @Option(
      names = "--max-seconds",
      defaultValue = "3",
      description = "Longest time of load before a kill (default: ${DEFAULT-VALUE}).")
  private double maxSeconds;

  @Option(
      names = "--kill-starting",
      defaultValue = "0.15",
      description = "Share of cycles in which a start is killed too (default: ${DEFAULT-VALUE}).")
  private double killStarting;

  @Mixin private WorkDirectoryOption work = new WorkDirectoryOption();

  @Option(
      names = "--keep-data",
      description = "Keep the data directory when there was a violation.")
  private boolean keepData;

  private final List<Duration> readyTimes = new ArrayList<>();
  private int startsKilled;

  public static void main(String[] arguments) {
    System.exit(commandLine().execute(arguments));
  }

  /**
   * The run as a call, for tests: the same arguments as on the command line.
   *
   * @return the exit code: 0 when there was no violation
   */
  public static int run(String... arguments) {
    return commandLine().execute(arguments);
  }

  static CommandLine commandLine() {
    return RunCommandLine.of(new CrashRun());
  }

  @Override
  public Integer call() throws Exception {
    long runSeed = seed.value();
    System.out.println(
        "crash-run: seed " + runSeed + ", " + cycles + " cycles, " + writers + " writers");
    LoadedStore store = new LoadedStore(runSeed, writers);
    TemporaryDirectory directory = work.temporary("crash-");
    try {
      run(store, new Random(runSeed), directory.path());
    } finally {
      directory.closeUnless(keepData && !store.violations().isEmpty(), "crash-run");
    }
    return report(store, runSeed);
  }

  private void run(LoadedStore store, Random random, Path directory) throws Exception {
    Path data = directory.resolve("data");
    int port = FreePorts.one();
    ChildProcess server = serverOptions.start(data, port, log());
    try {
      server.readyWithin(READY_LIMIT);
      for (int cycle = 1; cycle <= cycles; cycle++) {
        double seconds = minSeconds + random.nextDouble() * (maxSeconds - minSeconds);
        ChildProcess loaded = server;
        String when = "cycle " + cycle;
        store.loadUntilKilled(cycle, port, random, seconds, () -> kill(store, loaded, when));
        server = restart(random, data, port);
        try {
          store.verify(port, when, true);
        } catch (IOException e) {
          store.violation(when + ": the server stopped answering: " + e.getMessage());
          return;
        }
        System.out.printf(
            Locale.ROOT,
            "%s: ready after %d ms, %d keys, %d violations%n",
            when,
            readyTimes.get(readyTimes.size() - 1).toMillis(),
            store.keys(),
            store.violationCount());
      }
    } finally {
      server.close();
    }
  }

  private static void kill(LoadedStore store, ChildProcess server, String when) {
    if (!server.isAlive()) {
      store.violation(when + ": the server died by itself");
    }
    server.kill();
  }

  private ChildProcess restart(Random random, Path data, int port) throws IOException {
    if (random.nextDouble() < killStarting) {
      ChildProcess starting = serverOptions.start(data, port, log());
      LoadedStore.pause(random.nextDouble() * 2);
      starting.kill();
      startsKilled++;
    }
    ChildProcess server = serverOptions.start(data, port, log());
    readyTimes.add(server.readyWithin(READY_LIMIT));
    return server;
  }

  private Path log() {
    return work.path().resolve("crash-run-server.log");
  }

  private int report(LoadedStore store, long runSeed) {
    List<Duration> sorted = new ArrayList<>(readyTimes);
    Collections.sort(sorted);
    System.out.println("counts: " + store.countsText() + ", starts killed: " + startsKilled);
    if (!sorted.isEmpty()) {
      System.out.printf(
          Locale.ROOT,
          "time to ready after a crash: median %d ms, max %d ms%n",
          sorted.get(sorted.size() / 2).toMillis(),
          sorted.get(sorted.size() - 1).toMillis());
    }
    return store.report("crash-run: seed " + runSeed + ": ");
  }
}

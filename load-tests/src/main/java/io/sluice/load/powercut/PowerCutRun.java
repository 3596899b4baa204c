package io.sluice.load.powercut;

import io.sluice.load.crash.LoadedStore;
import io.sluice.load.process.ChildProcess;
import io.sluice.load.process.FreePorts;
import io.sluice.load.process.RunCommandLine;
import io.sluice.load.process.SeedOption;
import io.sluice.load.process.ServerOptions;
import io.sluice.load.process.TemporaryDirectory;
import io.sluice.load.process.WorkDirectoryOption;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * {@code bin/power-cut}: cycles of load under strace, SIGKILL, and starts on copies that lost what
 * was not fsynced.
 */
@Command(
    name = "power-cut",
    mixinStandardHelpOptions = true,
    description = {
      "Runs the server under strace with writers, kills it, and starts it on copies of its data directory",
      "in which everything written after the last completed fsync of each file is dropped, zeroed or torn.",
      "Every acknowledged write must be there, and the server must start by itself. Needs strace (Linux);",
      "memory-mapped writes are not seen. Exit code 1 on any violation."
    })
public final class PowerCutRun implements Callable<Integer> {

  private static final List<Damage.Mode> MODES = List.of(Damage.Mode.values());
  private static final Duration READY_LIMIT = Duration.ofMinutes(2);

  @Mixin private ServerOptions serverOptions = new ServerOptions();

  @Option(
      names = "--cycles",
      defaultValue = "5",
      description = "Power cuts (default: ${DEFAULT-VALUE}).")
  private int cycles;

  @Option(
      names = "--variants",
      defaultValue = "6",
      description = "Differently damaged copies for each cut (default: ${DEFAULT-VALUE}).")
  private int variants;

  @Mixin private SeedOption seed = new SeedOption();

  @Option(
      names = "--writers",
      defaultValue = "6",
      description = "Clients (default: ${DEFAULT-VALUE}).")
  private int writers;

  @Option(
      names = "--max-seconds",
      defaultValue = "4",
      description = "Longest time of load before a cut (default: ${DEFAULT-VALUE}).")
  private double maxSeconds;

  @Option(
      names = "--directories",
      defaultValue = "journaled",
      description =
          "When directory entries are durable: journaled (after any later fsync) or strict"
              + " (after an fsync of the directory).")
  private DiskTrace.DirectoryRule directoryRule = DiskTrace.DirectoryRule.JOURNALED;

  @Option(names = "--strace", defaultValue = "strace", description = "The strace program.")
  private String strace = "strace";

  @Mixin private WorkDirectoryOption work = new WorkDirectoryOption();

  @Option(names = "--keep-data", description = "Keep the directories when there was a violation.")
  private boolean keepData;

  public static void main(String[] arguments) {
    System.exit(commandLine().execute(arguments));
  }

  static CommandLine commandLine() {
    return RunCommandLine.of(new PowerCutRun()).setCaseInsensitiveEnumValuesAllowed(true);
  }

  @Override
  public Integer call() throws Exception {
    long runSeed = seed.value();
    System.out.println(
        "power-cut: seed " + runSeed + ", " + cycles + " cuts, " + variants + " variants of each");
    LoadedStore store = new LoadedStore(runSeed, writers);
    TemporaryDirectory directory = work.temporary("power-cut-");
    try {
      run(store, new Random(runSeed), directory.path());
    } finally {
      directory.closeUnless(keepData && !store.violations().isEmpty(), "power-cut");
    }
    System.out.println("counts: " + store.countsText());
    return store.report("power-cut: seed " + runSeed + ": ");
  }

  private void run(LoadedStore store, Random random, Path directory) throws Exception {
    Path data = directory.resolve("data");
    for (int cycle = 1; cycle <= cycles; cycle++) {
      DiskTrace trace = loadAndCut(cycle, store, random, directory, data);
      for (int variant = 1; variant <= variants; variant++) {
        boolean last = variant == variants;
        Damage.Mode mode = MODES.get((variant - 1) % MODES.size());
        Path copy = directory.resolve("variant");
        TemporaryDirectory.delete(copy);
        DirectoryCopy.copy(data, copy);
        Map<String, Long> lost =
            new Damage(trace, data, copy, mode, new Random(random.nextLong())).apply();
        String when = "cut " + cycle + ", variant " + variant + " (" + mode + ")";
        boolean started = check(store, when, copy, last);
        System.out.println(
            when
                + ": lost "
                + lost
                + ", started "
                + started
                + ", "
                + store.violationCount()
                + " violations");
        if (!started && last) {
          return;
        }
      }
      // The next cycle goes on with what outlived the last cut.
      TemporaryDirectory.delete(data);
      Files.move(directory.resolve("variant"), data);
    }
  }

  private DiskTrace loadAndCut(
      int cycle, LoadedStore store, Random random, Path directory, Path data) throws Exception {
    Map<String, Long> before = DirectoryCopy.sizes(data);
    Path traceFile = directory.resolve("trace");
    int port = FreePorts.one();
    List<String> command = new ArrayList<>(List.of(strace, "-f", "-y", "-s", "0"));
    command.addAll(
        List.of("--seccomp-bpf", "-e", "signal=none", "-e", "trace=" + StraceReader.CALLS));
    command.addAll(List.of("-o", traceFile.toString()));
    command.addAll(serverOptions.commandLine(data, port));
    try (ChildProcess tracer =
        ChildProcess.start(
            command, ServerOptions.environment(), log(), ServerOptions::isReadyLine)) {
      tracer.readyWithin(READY_LIMIT);
      store.loadUntilKilled(
          cycle, port, random, 0.5 + random.nextDouble() * maxSeconds, () -> killTraced(tracer));
    }
    DiskTrace trace =
        new DiskTrace(data.toString(), directoryRule, path -> before.getOrDefault(path, -1L));
    new StraceReader(trace).read(traceFile);
    System.out.println("cut " + cycle + ": " + trace.syncsDone() + " fsyncs seen");
    return trace;
  }

  /** Killing strace itself would let the server go on; it ends when the server does. */
  private static void killTraced(ChildProcess tracer) {
    tracer.handle().descendants().forEach(ProcessHandle::destroyForcibly);
    tracer.handle().onExit().orTimeout(30, TimeUnit.SECONDS).join();
  }

  private boolean check(LoadedStore store, String when, Path copy, boolean settle)
      throws IOException {
    int port = FreePorts.one();
    try (ChildProcess server = serverOptions.start(copy, port, log())) {
      try {
        server.readyWithin(READY_LIMIT);
      } catch (IOException e) {
        store.violation(when + ": the server did not start: " + e.getMessage());
        return false;
      }
      try {
        store.verify(port, when, settle);
      } catch (IOException e) {
        store.violation(when + ": the server stopped answering: " + e.getMessage());
        return false;
      }
      return true;
    }
  }

  private Path log() {
    return work.path().resolve("power-cut-server.log");
  }
}

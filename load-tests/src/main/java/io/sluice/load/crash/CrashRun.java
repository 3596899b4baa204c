package io.sluice.load.crash;

import io.sluice.load.process.ChildProcess;
import io.sluice.load.process.ServerOptions;
import io.sluice.load.process.TemporaryDirectory;
import io.sluice.load.s3.BlockingS3Client;
import io.sluice.load.s3.S3Response;
import java.io.IOException;
import java.net.http.HttpClient;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
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

  private static final String BUCKET = "crash-run";
  private static final Duration READY_LIMIT = Duration.ofSeconds(60);
  private static final Duration REQUEST_LIMIT = Duration.ofSeconds(60);

  @Mixin private ServerOptions serverOptions = new ServerOptions();

  @Option(
      names = "--cycles",
      defaultValue = "50",
      description = "Crashes (default: ${DEFAULT-VALUE}).")
  private int cycles;

  @Option(names = "--seed", description = "Seed of the run (default: a random one, printed).")
  private @Nullable Long seed;

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

  @Option(
      names = "--work-dir",
      defaultValue = "load-tests/target",
      description = "Where a temporary directory is made (default: ${DEFAULT-VALUE}).")
  private Path workDirectory = Path.of("load-tests/target");

  @Option(
      names = "--keep-data",
      description = "Keep the data directory when there was a violation.")
  private boolean keepData;

  private HttpClient http = BlockingS3Client.sharedHttp();
  private final Tally tally = new Tally();
  private final List<Duration> readyTimes = new ArrayList<>();

  public static void main(String[] arguments) {
    System.exit(commandLine().execute(arguments));
  }

  static CommandLine commandLine() {
    return new CommandLine(new CrashRun())
        .setExecutionExceptionHandler(
            (failure, failed, parsed) -> {
              failed.getErr().println("crash-run: " + failure.getMessage());
              return 1;
            });
  }

  @Override
  public Integer call() throws Exception {
    long runSeed = seed != null ? seed : System.nanoTime() & 0xffff_ffffL;
    System.out.println(
        "crash-run: seed " + runSeed + ", " + cycles + " cycles, " + writers + " writers");
    TemporaryDirectory directory = TemporaryDirectory.in(workDirectory, "crash-");
    try {
      run(new Random(runSeed), new Model(runSeed), directory.path());
    } finally {
      if (tally.violations().isEmpty() || !keepData) {
        directory.close();
      } else {
        System.out.println("crash-run: data kept in " + directory.path());
      }
    }
    return report(runSeed);
  }

  private void run(Random random, Model model, Path directory) throws Exception {
    Path data = directory.resolve("data");
    Path log = workDirectory.resolve("crash-run-server.log");
    int port = ServerOptions.freePort();
    ChildProcess server = serverOptions.start(data, port, log);
    try {
      server.readyWithin(READY_LIMIT);
      S3Response created = client(port).createBucket(BUCKET);
      if (!created.isSuccess()) {
        throw new IOException("cannot create a bucket: " + created);
      }
      for (int cycle = 1; cycle <= cycles; cycle++) {
        loadUntilKilled(cycle, random, model, server, port);
        server = restart(random, data, port, log);
        new Verifier(client(port), BUCKET, model, tally, "cycle " + cycle).verify();
        System.out.printf(
            Locale.ROOT,
            "cycle %d: ready after %d ms, %d keys, %d violations%n",
            cycle,
            readyTimes.get(readyTimes.size() - 1).toMillis(),
            model.keys().size(),
            tally.counted("violations"));
      }
    } finally {
      server.close();
    }
  }

  private void loadUntilKilled(
      int number, Random random, Model model, ChildProcess server, int port) throws Exception {
    AtomicBoolean stopped = new AtomicBoolean();
    CrashWriter.Cycle cycle = new CrashWriter.Cycle(number, BUCKET, model, tally, stopped::get);
    ExecutorService threads = Executors.newFixedThreadPool(writers);
    try {
      List<Future<?>> running = new ArrayList<>();
      for (int i = 0; i < writers; i++) {
        Random own = new Random(random.nextLong());
        running.add(threads.submit(new CrashWriter(cycle, "writer-" + i, client(port), own)));
      }
      pause(minSeconds + random.nextDouble() * (maxSeconds - minSeconds));
      if (!server.isAlive()) {
        tally.violation("cycle " + number + ": the server died by itself");
      }
      server.kill();
      stopped.set(true);
      for (Future<?> writer : running) {
        try {
          writer.get(REQUEST_LIMIT.toSeconds() * 2, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
          throw new IllegalStateException("a writer failed", e.getCause());
        }
      }
    } finally {
      threads.shutdownNow();
    }
  }

  private ChildProcess restart(Random random, Path data, int port, Path log) throws IOException {
    if (random.nextDouble() < killStarting) {
      ChildProcess starting = serverOptions.start(data, port, log);
      pause(random.nextDouble() * 2);
      starting.kill();
      tally.count("starts killed");
    }
    ChildProcess server = serverOptions.start(data, port, log);
    // Connections to the dead process stay behind.
    http = BlockingS3Client.sharedHttp();
    readyTimes.add(server.readyWithin(READY_LIMIT));
    return server;
  }

  private static void pause(double seconds) {
    long end = System.nanoTime() + (long) (seconds * 1e9);
    for (long left = end - System.nanoTime(); left > 0; left = end - System.nanoTime()) {
      LockSupport.parkNanos(left);
    }
  }

  private BlockingS3Client client(int port) {
    return new BlockingS3Client(
        http,
        ServerOptions.endpoint(port),
        ServerOptions.credentials(),
        "us-east-1",
        REQUEST_LIMIT);
  }

  private int report(long runSeed) {
    List<Duration> sorted = new ArrayList<>(readyTimes);
    Collections.sort(sorted);
    System.out.println("counts: " + tally.countsText());
    if (!sorted.isEmpty()) {
      System.out.printf(
          Locale.ROOT,
          "time to ready after a crash: median %d ms, max %d ms%n",
          sorted.get(sorted.size() / 2).toMillis(),
          sorted.get(sorted.size() - 1).toMillis());
    }
    List<String> violations = tally.violations();
    violations.forEach(violation -> System.out.println("VIOLATION " + violation));
    System.out.println(
        "crash-run: seed " + runSeed + ": " + tally.counted("violations") + " violations");
    return violations.isEmpty() ? 0 : 1;
  }
}

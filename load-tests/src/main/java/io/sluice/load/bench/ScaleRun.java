package io.sluice.load.bench;

import io.sluice.load.cluster.ClusterOptions;
import io.sluice.load.cluster.ClusterProcess;
import io.sluice.load.cluster.NodeProcess;
import io.sluice.load.crash.LoadedStore;
import io.sluice.load.process.RunCommandLine;
import io.sluice.load.process.ServerOptions;
import io.sluice.load.process.TemporaryDirectory;
import io.sluice.load.process.WorkDirectoryOption;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code bin/scale-run}: what requests cost each node, by the number of nodes. */
@Command(
    name = "scale-run",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Starts clusters of several sizes on this machine, one after the other, and measures writing and reading:",
      "rate, latency, and the processor time that each node and the client spent for one request, without the",
      "JVM's compiler. Client and nodes share the processors: the rate can't grow with the nodes here."
    })
public final class ScaleRun implements Callable<Integer> {
  private static final String BUCKET = "scale";
  private static final long SMALL_BYTES = 4 << 10;
  private static final long LARGE_BYTES = 1 << 20;

  /** So many different objects of each size. */
  private static final long SMALL_OBJECTS = 1_000;

  private static final long LARGE_OBJECTS = 64;
  private static final Duration WHOLE_LIMIT = Duration.ofMinutes(2);
  private static final Path LOOPBACK_BYTES = Path.of("/sys/class/net/lo/statistics/tx_bytes");

  @Mixin private ServerOptions serverOptions = new ServerOptions();

  @Option(
      names = "--nodes",
      split = ",",
      defaultValue = "1,3,5",
      description = "Sizes of clusters (default: ${DEFAULT-VALUE}).")
  private List<Integer> sizes = List.of();

  @Option(
      names = "--seconds",
      defaultValue = "6",
      description = "Of each measured stretch (default: ${DEFAULT-VALUE}).")
  private double seconds;

  @Option(
      names = "--warm-up",
      defaultValue = "8",
      description =
          "Seconds of each stretch before it is measured; until the compiler is done takes 16 s and"
              + " more (default: ${DEFAULT-VALUE}).")
  private double warmUpSeconds;

  @Option(
      names = "--clients",
      defaultValue = "16",
      description = "Requests in flight, spread over the gateways (default: ${DEFAULT-VALUE}).")
  private int clients;

  @Mixin private WorkDirectoryOption work = new WorkDirectoryOption();

  public static void main(String[] arguments) {
    System.exit(RunCommandLine.of(new ScaleRun()).execute(arguments));
  }

  @Override
  public Integer call() throws Exception {
    serverOptions.preferJavaOpts(
        "-XX:+UseSerialGC -Xmx400m -XX:-UseDynamicNumberOfCompilerThreads");
    Vertx vertx = Vertx.vertx();
    try {
      System.out.printf(
          Locale.ROOT,
          "scale-run: %d processors, %d requests in flight, servers with %s%n",
          Runtime.getRuntime().availableProcessors(),
          clients,
          serverOptions.javaOpts());
      for (int size : sizes) {
        measure(vertx, size);
      }
    } finally {
      vertx.close().await();
    }
    return 0;
  }

  private void measure(Vertx vertx, int size) throws IOException {
    ClusterOptions shape = new ClusterOptions();
    new CommandLine(shape)
        .parseArgs("--nodes=" + size, "--network=LOOPBACK", "--work-dir=" + work.path());
    try (TemporaryDirectory directory = work.temporary("scale-");
        ClusterProcess cluster =
            ClusterProcess.prepare(serverOptions, shape, directory.path(), Set.of())) {
      cluster.startAll();
      cluster.awaitWhole(WHOLE_LIMIT);
      List<Long> pids = cluster.nodes().stream().map(NodeProcess::pid).toList();
      idle(size, pids);
      Driver driver = new Driver(vertx, cluster.endpoints(), Math.max(1, clients / size));
      driver.createBucket(BUCKET);
      stretch(driver, pids, size, "PUT", "4 KiB", SMALL_BYTES);
      stretch(driver, pids, size, "GET", "4 KiB", SMALL_BYTES);
      stretch(driver, pids, size, "PUT", "1 MiB", LARGE_BYTES);
      stretch(driver, pids, size, "GET", "1 MiB", LARGE_BYTES);
      for (NodeProcess node : cluster.nodes()) {
        System.out.printf(
            Locale.ROOT,
            "nodes %d  %s  %.1f MB on disk%n",
            size,
            node.name(),
            bytesBelow(node.directory()) / 1e6);
      }
    }
  }

  /** What nodes cost that nobody asks anything: heartbeats, hints, questions for the state. */
  private void idle(int size, List<Long> pids) throws IOException {
    LoadedStore.pause(warmUpSeconds);
    double[] before = ProcessorTime.workSecondsOf(pids);
    long sent = loopbackBytes();
    long start = System.nanoTime();
    LoadedStore.pause(seconds);
    double elapsed = (System.nanoTime() - start) / 1e9;
    double[] spent = minus(ProcessorTime.workSecondsOf(pids), before);
    System.out.printf(
        Locale.ROOT,
        "nodes %d  idle          processor per node %.1f %%, sent in all %.1f kB/s%n",
        size,
        100 * sum(spent) / size / elapsed,
        (loopbackBytes() - sent) / 1e3 / elapsed);
  }

  private static long loopbackBytes() throws IOException {
    return Files.exists(LOOPBACK_BYTES)
        ? Long.parseLong(Files.readString(LOOPBACK_BYTES).trim())
        : 0;
  }

  private void stretch(
      Driver driver, List<Long> pids, int size, String operation, String sizeName, long bytes)
      throws IOException {
    if (operation.equals("PUT")) {
      // All of them, for the stretch that reads.
      run(driver, operation, bytes, LoadRun.Extent.ofOperations(clients, objectsOf(bytes)));
    }
    run(driver, operation, bytes, warmUpSeconds);
    double[] before = ProcessorTime.workSecondsOf(pids);
    double clientBefore = ProcessorTime.secondsOf(ProcessHandle.current().pid());
    LoadResult result = run(driver, operation, bytes, seconds);
    double[] spent = minus(ProcessorTime.workSecondsOf(pids), before);
    double clientSpent = ProcessorTime.secondsOf(ProcessHandle.current().pid()) - clientBefore;
    List<String> each = new ArrayList<>();
    for (double one : spent) {
      each.add(String.format(Locale.ROOT, "%.0f", 1e6 * one / result.operations()));
    }
    System.out.printf(
        Locale.ROOT,
        "nodes %d  %s %s  %8.1f/s  %7.1f MB/s  p50 %6.2f ms  p99 %7.2f ms  µs of processor a request:"
            + " %.0f in all, by node %s, client %.0f%n",
        size,
        operation,
        sizeName,
        result.operationsPerSecond(),
        result.megabytesPerSecond(),
        result.p50Millis(),
        result.p99Millis(),
        1e6 * sum(spent) / result.operations(),
        String.join(" ", each),
        1e6 * clientSpent / result.operations());
  }

  private LoadResult run(Driver driver, String operation, long bytes, double duration)
      throws IOException {
    return run(driver, operation, bytes, LoadRun.Extent.ofSeconds(clients, duration));
  }

  private static LoadResult run(Driver driver, String operation, long bytes, LoadRun.Extent extent)
      throws IOException {
    long objects = objectsOf(bytes);
    return driver.measure(
        operation,
        BUCKET + "/" + bytes,
        Payload.of(Payload.Kind.RANDOM),
        bytes,
        extent,
        operations -> operation.equals("PUT") ? operations.put(objects) : operations.get(objects));
  }

  private static long objectsOf(long bytes) {
    return bytes == SMALL_BYTES ? SMALL_OBJECTS : LARGE_OBJECTS;
  }

  private static double[] minus(double[] now, double[] before) {
    double[] difference = new double[now.length];
    for (int i = 0; i < now.length; i++) {
      difference[i] = now[i] - before[i];
    }
    return difference;
  }

  private static double sum(double[] all) {
    double sum = 0;
    for (double one : all) {
      sum += one;
    }
    return sum;
  }

  private static long bytesBelow(Path directory) throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      return files.filter(Files::isRegularFile).mapToLong(file -> file.toFile().length()).sum();
    }
  }
}

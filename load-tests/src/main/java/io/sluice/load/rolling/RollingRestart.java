package io.sluice.load.rolling;

import io.sluice.load.cluster.ClusterOptions;
import io.sluice.load.cluster.ClusterProcess;
import io.sluice.load.cluster.NodeProcess;
import io.sluice.load.crash.LoadedStore;
import io.sluice.load.process.RunCommandLine;
import io.sluice.load.process.SeedOption;
import io.sluice.load.process.ServerOptions;
import io.sluice.load.process.TemporaryDirectory;
import io.sluice.load.s3.BlockingS3Client;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code bin/rolling-restart}: each node is stopped and started again while clients go on. */
@Command(
    name = "rolling-restart",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Starts nodes, and restarts one after the other (SIGTERM) while clients write and read: the next as",
      "soon as the last is ready and every copy is there. Clients try again, as SDKs do. Then every object",
      "is read at every gateway. Exit code 1 when a request failed, or a node did not end with 0."
    })
public final class RollingRestart implements Callable<Integer> {
  private static final String BUCKET = "rolling";
  private static final double QUIET_SECONDS = 1;
  private static final Duration REQUEST_LIMIT = Duration.ofSeconds(10);
  private static final Duration READY_LIMIT = Duration.ofMinutes(2);
  private static final Duration WHOLE_LIMIT = Duration.ofMinutes(3);

  @Mixin private ClusterOptions clusterOptions = new ClusterOptions();
  @Mixin private ServerOptions serverOptions = new ServerOptions();

  @Option(
      names = "--rounds",
      defaultValue = "1",
      description = "How often each node is restarted (default: ${DEFAULT-VALUE}).")
  private int rounds;

  @Option(
      names = "--clients",
      defaultValue = "4",
      description = "How many there are (default: ${DEFAULT-VALUE}).")
  private int clients;

  @Option(
      names = "--tries",
      defaultValue = "8",
      description =
          "After so many a request has failed; between them 0.1 s, doubling up to 2 s (default:"
              + " ${DEFAULT-VALUE}).")
  private int tries;

  @Mixin private SeedOption seed = new SeedOption();

  private final Attempts attempts = new Attempts();
  private final List<String> violations = new ArrayList<>();

  public static void main(String[] arguments) {
    System.exit(run(arguments));
  }

  /**
   * The run as a call, for tests: the same arguments as on the command line.
   *
   * @return the exit code: 0 when no request failed
   */
  public static int run(String... arguments) {
    return RunCommandLine.of(new RollingRestart()).execute(arguments);
  }

  @Override
  public Integer call() throws Exception {
    Random random = new Random(seed.value());
    try (TemporaryDirectory directory =
            TemporaryDirectory.in(clusterOptions.workDirectory(), "rolling-");
        ClusterProcess cluster =
            ClusterProcess.prepare(serverOptions, clusterOptions, directory.path(), Set.of())) {
      System.out.println("rolling-restart: " + cluster.describe() + ", " + clients + " clients");
      cluster.startAll();
      cluster.awaitWhole(WHOLE_LIMIT);
      List<BlockingS3Client> gateways = gateways(cluster.endpoints());
      gateways.get(0).createBucket(BUCKET);
      long start = System.nanoTime();
      restartUnderLoad(cluster, random);
      System.out.printf(
          Locale.ROOT,
          "rolling-restart: %s, in %.0f s%n",
          attempts,
          (System.nanoTime() - start) / 1e9);
      verify(cluster.endpoints());
    }
    attempts.problems().forEach(problem -> System.out.println("FAILED " + problem));
    violations.forEach(violation -> System.out.println("VIOLATION " + violation));
    return attempts.failedCount() == 0 && violations.isEmpty() ? 0 : 1;
  }

  private static List<BlockingS3Client> gateways(List<URI> endpoints) {
    HttpClient http = BlockingS3Client.sharedHttp();
    return endpoints.stream()
        .map(
            endpoint ->
                new BlockingS3Client(
                    http, endpoint, ServerOptions.credentials(), "us-east-1", REQUEST_LIMIT))
        .toList();
  }

  private void restartUnderLoad(ClusterProcess cluster, Random random)
      throws IOException, InterruptedException {
    AtomicBoolean stopped = new AtomicBoolean();
    ExecutorService threads = Executors.newFixedThreadPool(clients);
    List<Future<?>> running = new ArrayList<>();
    try {
      for (int i = 0; i < clients; i++) {
        List<BlockingS3Client> gateways = new ArrayList<>(gateways(cluster.endpoints()));
        Collections.rotate(gateways, i);
        running.add(
            threads.submit(
                new RetryingClient(
                    BUCKET,
                    "client-" + i,
                    gateways,
                    tries,
                    attempts,
                    stopped::get,
                    new Random(random.nextLong()))));
      }
      LoadedStore.pause(QUIET_SECONDS);
      for (int round = 0; round < rounds; round++) {
        for (NodeProcess node : cluster.nodes()) {
          restart(cluster, node);
        }
      }
      LoadedStore.pause(QUIET_SECONDS);
      stopped.set(true);
      for (Future<?> one : running) {
        one.get();
      }
    } catch (ExecutionException e) {
      throw new IOException("a client failed", e.getCause());
    } finally {
      stopped.set(true);
      threads.shutdown();
    }
  }

  private void restart(ClusterProcess cluster, NodeProcess node) throws IOException {
    long before = attempts.requestCount();
    long start = System.nanoTime();
    int exit = node.stop();
    if (exit != 0) {
      violations.add(node.name() + " ended with " + exit);
    }
    double stopSeconds = (System.nanoTime() - start) / 1e9;
    node.start();
    Duration ready = node.readyWithin(READY_LIMIT);
    Duration whole = cluster.awaitWhole(WHOLE_LIMIT);
    System.out.printf(
        Locale.ROOT,
        "  %s: stopped in %.1f s, ready in %.1f s, all copies there %.1f s later; %d requests meanwhile%n",
        node.name(),
        stopSeconds,
        ready.toMillis() / 1e3,
        whole.toMillis() / 1e3,
        attempts.requestCount() - before);
  }

  private void verify(List<URI> endpoints) {
    for (URI endpoint : endpoints) {
      RetryingClient reader =
          new RetryingClient(
              BUCKET, "reader", gateways(List.of(endpoint)), 1, attempts, () -> true, new Random());
      attempts.written().keySet().forEach(reader::get);
    }
    System.out.printf(
        "rolling-restart: %d objects read at each of %d gateways, %d requests failed%n",
        attempts.written().size(), endpoints.size(), attempts.failedCount());
  }
}

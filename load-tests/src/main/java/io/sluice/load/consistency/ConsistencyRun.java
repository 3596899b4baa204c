package io.sluice.load.consistency;

import io.sluice.load.cluster.ClusterProcess;
import io.sluice.load.consistency.LinearizabilityChecker.Verdict;
import io.sluice.load.crash.LoadedStore;
import io.sluice.load.fault.FaultyCluster;
import io.sluice.load.fault.Nemesis;
import io.sluice.load.process.RunCommandLine;
import io.sluice.load.process.SeedOption;
import io.sluice.load.process.ServerOptions;
import io.sluice.load.s3.BlockingS3Client;
import io.sluice.load.s3.Credentials;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * {@code bin/consistency-run}: concurrent clients on a few keys during faults, and the check of
 * their history.
 */
@Command(
    name = "consistency-run",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Clients at different gateways put, put conditionally, get, delete and list a few keys while nodes fail.",
      "Then each key's history, listings included, is checked for linearizability, by just-in-time",
      "linearization. Exit code 1 when a history is not linearizable, or could not be decided."
    })
public final class ConsistencyRun implements Callable<Integer> {

  private static final String BUCKET = "consistency-run";
  private static final Duration REQUEST_LIMIT = Duration.ofSeconds(10);
  private static final double QUIET_SECONDS = 1;

  @Mixin private FaultyCluster.Options cluster = new FaultyCluster.Options();

  @Option(
      names = "--endpoints",
      split = ",",
      description =
          "Gateways of a store that runs already, with AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY;"
              + " then nothing is started, and nothing fails on purpose.")
  private @Nullable List<URI> endpoints;

  @Option(
      names = "--seconds",
      defaultValue = "60",
      description = "Length of the run, without the check (default: ${DEFAULT-VALUE}).")
  private long seconds;

  @Mixin private SeedOption seed = new SeedOption();

  @Option(
      names = "--clients",
      defaultValue = "9",
      description = "Clients, at most 60 (default: ${DEFAULT-VALUE}).")
  private int clients;

  @Option(
      names = "--keys",
      defaultValue = "6",
      description = "Keys that they all use (default: ${DEFAULT-VALUE}).")
  private int keys;

  @Option(
      names = "--buckets",
      defaultValue = "3",
      description =
          "Buckets among which the keys are dealt out; each bucket lives in one shard of the"
              + " metadata (default: ${DEFAULT-VALUE}).")
  private int buckets;

  private final History history = new History();
  private final Findings findings = new Findings();

  public static void main(String[] arguments) {
    System.exit(run(arguments));
  }

  /**
   * The run as a call, for tests: the same arguments as on the command line.
   *
   * @return the exit code: 0 when there was no violation
   */
  public static int run(String... arguments) {
    return RunCommandLine.of(new ConsistencyRun()).execute(arguments);
  }

  @Override
  public Integer call() throws Exception {
    long runSeed = seed.value();
    Random random = new Random(runSeed);
    if (endpoints != null) {
      System.out.println("consistency-run: seed " + runSeed + ", " + endpoints);
      load(endpoints, Credentials.fromEnvironment(), runSeed, random, this::justWait);
      return check(runSeed);
    }
    try (FaultyCluster faulty = cluster.prepare("consistency-")) {
      ClusterProcess nodes = faulty.nodes();
      System.out.println("consistency-run: seed " + runSeed + ", " + nodes.describe());
      Nemesis nemesis = faulty.start(random);
      load(
          nodes.endpoints(),
          ServerOptions.credentials(),
          runSeed,
          random,
          () -> strikeUntilTheEnd(nemesis));
    }
    return check(runSeed);
  }

  /** What goes on beside the clients. */
  @FunctionalInterface
  private interface Meanwhile {
    void run() throws IOException;
  }

  private void justWait() {
    LoadedStore.pause((double) seconds);
  }

  private void strikeUntilTheEnd(Nemesis nemesis) throws IOException {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
    while (System.nanoTime() < end) {
      LoadedStore.pause(Math.min(QUIET_SECONDS, (end - System.nanoTime()) / 1e9));
      if (System.nanoTime() < end) {
        nemesis.strikeAny().ifPresent(System.out::println);
      }
    }
  }

  private void load(
      List<URI> gateways, Credentials credentials, long runSeed, Random random, Meanwhile meanwhile)
      throws IOException {
    HttpClient http = BlockingS3Client.sharedHttp();
    for (int i = 0; i < buckets; i++) {
      client(http, gateways.get(0), credentials).createBucket(bucket(runSeed, i));
    }
    List<ConsistencyClient.Key> names =
        IntStream.range(0, keys)
            .mapToObj(
                i -> new ConsistencyClient.Key(bucket(runSeed, i % buckets), "key-" + (i + 1)))
            .toList();
    AtomicBoolean stopped = new AtomicBoolean();
    ConsistencyClient.Shared shared =
        new ConsistencyClient.Shared(names, history, findings, runSeed, stopped::get);
    ExecutorService threads = Executors.newFixedThreadPool(clients);
    try {
      List<Future<?>> running = new ArrayList<>();
      for (int i = 0; i < clients; i++) {
        List<BlockingS3Client> own =
            gateways.stream().map(gateway -> client(http, gateway, credentials)).toList();
        running.add(
            threads.submit(new ConsistencyClient(i, shared, own, new Random(random.nextLong()))));
      }
      meanwhile.run();
      stopped.set(true);
      for (Future<?> client : running) {
        client.get(REQUEST_LIMIT.toSeconds() * 2, TimeUnit.SECONDS);
      }
      readEverywhere(shared, gateways, http, credentials);
    } catch (ExecutionException | TimeoutException e) {
      throw new IOException("a client failed", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    } finally {
      stopped.set(true);
      threads.shutdownNow();
    }
  }

  /** The end of the history: a lost write may have been overlooked by all that went on. */
  private void readEverywhere(
      ConsistencyClient.Shared shared,
      List<URI> gateways,
      HttpClient http,
      Credentials credentials) {
    for (URI gateway : gateways) {
      ConsistencyClient reader =
          new ConsistencyClient(
              clients, shared, List.of(client(http, gateway, credentials)), new Random(0));
      for (ConsistencyClient.Key key : shared.keys()) {
        if (!reader.read(key)) {
          findings.violation(key + ": can't be read at " + gateway + " when all is quiet");
        }
      }
    }
  }

  private static BlockingS3Client client(HttpClient http, URI gateway, Credentials credentials) {
    return new BlockingS3Client(http, gateway, credentials, "us-east-1", REQUEST_LIMIT);
  }

  /** Buckets of its own, so that a store that lives on can be asked again. */
  private static String bucket(long runSeed, int number) {
    return BUCKET + '-' + runSeed + '-' + number;
  }

  private int check(long runSeed) throws IOException {
    System.out.println("counts: " + findings.countsText());
    for (String key : history.keys()) {
      LinearizabilityChecker.Result result = LinearizabilityChecker.check(history.of(key));
      if (result.verdict() != Verdict.LINEARIZABLE) {
        Path file =
            cluster
                .workDirectory()
                .resolve(
                    result.verdict().name().toLowerCase(Locale.ROOT)
                        + "-"
                        + key.replace('/', '-')
                        + ".txt");
        history.write(key, file);
        findings.violation(
            key + ": " + result.verdict() + ": " + result.explanation() + "\n  all of it: " + file);
      }
    }
    findings.violations().forEach(violation -> System.out.println("VIOLATION " + violation));
    System.out.printf(
        "consistency-run: seed %d: %d operations on %d keys, %d of unknown outcome: %d violations%n",
        runSeed, history.size(), keys, history.unknown(), findings.violationCount());
    return findings.violationCount() == 0 ? 0 : 1;
  }
}

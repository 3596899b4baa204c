package io.sluice.load.bench;

import io.sluice.load.process.ChildProcess;
import io.sluice.load.process.FreePorts;
import io.sluice.load.process.ServerOptions;
import io.sluice.load.process.TemporaryDirectory;
import io.sluice.load.process.WorkDirectoryOption;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * {@code bin/bench compare}: the server's speed as ratios to the machine's own limits, measured in
 * turn in the same run, so that what else the machine does meets both sides alike.
 */
@Command(
    name = "compare",
    mixinStandardHelpOptions = true,
    description = {
      "Starts the server (fsync=always) and the bare handlers, one process each, and measures them in",
      "turn; the client is a third process on the same cores. Prints how long a start takes, the",
      "machine's own rates, and each goal with its ratio (medians).",
      "Exit code 1 when a goal is missed or a request failed."
    })
final class CompareCommand implements Callable<Integer> {

  /** An entry as the server's own would be: 4 KiB of content and its row. */
  static final int COMMIT_BYTES = 4096 + 300;

  private static final Duration READY_LIMIT = Duration.ofSeconds(60);
  private static final int CONNECTIONS_MAX = 64;
  private static final double START_SECONDS_MAX = 2;

  @Mixin private ServerOptions serverOptions = new ServerOptions();

  @Option(
      names = "--rounds",
      defaultValue = "5",
      description = "Rounds (default: ${DEFAULT-VALUE}).")
  private int rounds;

  @Option(
      names = "--seconds",
      defaultValue = "3",
      description = "Seconds for each figure of small objects (default: ${DEFAULT-VALUE}).")
  private double seconds;

  @Option(
      names = "--round-bytes",
      defaultValue = "512MiB",
      converter = SizeConverter.class,
      description = "Bytes moved for each figure of large objects (default: ${DEFAULT-VALUE}).")
  private long roundBytes;

  @Option(
      names = "--list-keys",
      defaultValue = "1000000",
      description = "Keys of the big bucket; 0 skips listing (default: ${DEFAULT-VALUE}).")
  private long listKeys;

  @Option(names = "--only", description = "Only goals whose name contains this.")
  private @Nullable String only;

  @Option(
      names = "--event-loops",
      defaultValue = "1",
      description = "Event loops of the bare handlers (default: ${DEFAULT-VALUE}).")
  private int eventLoops;

  @Mixin private WorkDirectoryOption work = new WorkDirectoryOption();

  @Option(names = "--json", description = "Print JSON.")
  private boolean json;

  private final JsonObject report = new JsonObject();

  @Override
  public Integer call() throws Exception {
    serverOptions.preferJavaOpts("-Xmx1g -XX:+UseParallelGC");
    Vertx vertx = BenchCommand.lean();
    try (TemporaryDirectory directory = work.temporary("compare-")) {
      int port = FreePorts.one();
      int barePort = FreePorts.one();
      List<String> javaOpts = List.of(serverOptions.javaOpts().split("\\s+"));
      Path root = directory.path();
      Path serverLog = work.path().resolve("compare-server.log");
      boolean quick = startsQuickly(root, port, serverLog);
      try (ChildProcess server = serverOptions.start(root.resolve("data"), port, serverLog);
          ChildProcess bare =
              BareChild.start(
                  root.resolve("bare"), barePort, javaOpts, eventLoops, root.resolve("bare.log"))) {
        server.readyWithin(READY_LIMIT);
        boolean fast =
            measure(
                new Driver(vertx, ServerOptions.endpoint(port), CONNECTIONS_MAX),
                new Driver(vertx, ServerOptions.endpoint(barePort), CONNECTIONS_MAX));
        return quick && fast ? 0 : 1;
      }
    } finally {
      vertx.close();
    }
  }

  /** Starts and stops the server a few times, first over nothing and then over what it made. */
  private boolean startsQuickly(Path root, int port, Path log) throws IOException {
    if (only != null && !"start".contains(only)) {
      return true;
    }
    List<Double> times = new ArrayList<>();
    for (int round = 0; round < rounds; round++) {
      try (ChildProcess server = serverOptions.start(root.resolve("started"), port, log)) {
        times.add(server.readyWithin(READY_LIMIT).toNanos() / 1e9);
      }
    }
    double median = Goal.median(times);
    report.put("startSeconds", new JsonArray(List.copyOf(times)));
    say(
        "start: ready %.2f s after the JVM was started (new directory %.2f s), goal %.2f s  %s",
        median, times.get(0), START_SECONDS_MAX, median <= START_SECONDS_MAX ? "met" : "missed");
    return median <= START_SECONDS_MAX;
  }

  private void measureMachine(Driver bare) throws IOException {
    String time = "seconds=" + seconds;
    double md5 = bare.rate("md5", time);
    double disk = bare.rate("disk", time);
    double syncs = bare.rate("sync", time);
    report.put("md5MegabytesPerSecond", md5).put("diskMegabytesPerSecond", disk);
    report.put("syncsPerSecond", syncs);
    say(
        "machine: MD5 %,.0f MB/s a core; 64 MiB written and fsynced %,.0f MB/s; %,.0f fsyncs of 4 KiB a second",
        md5, disk, syncs);
  }

  private boolean measure(Driver ours, Driver bare) throws IOException {
    measureMachine(bare);
    Predicate<String> wanted = name -> only == null || name.contains(only);
    List<Goal> goals = new ArrayList<>();
    LargeGoals.all(ours, bare, roundBytes).stream()
        .filter(goal -> wanted.test(goal.name()))
        .forEach(goals::add);
    SmallGoals.all(ours, bare, seconds).stream()
        .filter(goal -> wanted.test(goal.name()))
        .forEach(goals::add);
    if (listKeys > 0) {
      ListGoal.of(ours, listKeys, seconds).stream()
          .filter(goal -> wanted.test(goal.name()))
          .forEach(goals::add);
    }
    say(
        "%d processors; client, server and bare handlers share them. Medians of %d rounds, in turn.",
        Runtime.getRuntime().availableProcessors(), rounds);
    List<Goal.Outcome> outcomes = new ArrayList<>();
    for (Goal goal : goals) {
      Goal.Outcome outcome = goal.measure(rounds);
      outcomes.add(outcome);
      say("%s", outcome.toText());
    }
    if (json) {
      JsonArray all = new JsonArray();
      outcomes.forEach(outcome -> all.add(outcome.toJson()));
      report
          .put("processors", Runtime.getRuntime().availableProcessors())
          .put("rounds", rounds)
          .put("goals", all);
      System.out.println(report.encodePrettily());
    }
    return outcomes.stream().allMatch(Goal.Outcome::met);
  }

  private void say(String format, Object... values) {
    if (!json) {
      System.out.println(String.format(Locale.ROOT, format, values));
    }
  }
}

package io.sluice.load.bench;

import io.sluice.load.s3.Credentials;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code bin/bench OPERATION}: one operation against one endpoint. */
@Command(
    mixinStandardHelpOptions = true,
    description = {
      "Measures one operation of an S3 endpoint with signed requests (UNSIGNED-PAYLOAD).",
      "Credentials: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY. Exit code 1 if any request failed."
    })
final class OperationCommand implements Callable<Integer> {

  /** What can be measured; the names are the subcommands. */
  enum OperationName {
    put,
    get,
    head,
    list,
    delete,
    mixed
  }

  private static final double LIMIT_SECONDS = 2;

  private final OperationName operation;

  @Option(
      names = "--endpoint",
      defaultValue = "http://127.0.0.1:9000",
      description = "Where the server is (default: ${DEFAULT-VALUE}).")
  private URI endpoint = URI.create("http://127.0.0.1:9000");

  @Option(
      names = "--region",
      defaultValue = "us-east-1",
      description = "Region of the signatures (default: ${DEFAULT-VALUE}).")
  private String region = "us-east-1";

  @Option(
      names = "--bucket",
      defaultValue = "sluice-bench",
      description = "Bucket, made if it is missing (default: ${DEFAULT-VALUE}).")
  private String bucket = "sluice-bench";

  @Option(
      names = "--size",
      defaultValue = "64KiB",
      converter = SizeConverter.class,
      description = "Size of an object (default: ${DEFAULT-VALUE}).")
  private long size;

  @Option(
      names = {"--clients", "--streams"},
      defaultValue = "8",
      description = "Requests in flight at the same time (default: ${DEFAULT-VALUE}).")
  private int clients;

  @Option(
      names = "--duration",
      defaultValue = "10",
      description = "Seconds that are measured (default: ${DEFAULT-VALUE}).")
  private double durationSeconds;

  @Option(
      names = "--warmup",
      defaultValue = "2",
      description = "Seconds of the same load before (default: ${DEFAULT-VALUE}).")
  private double warmupSeconds;

  @Option(
      names = "--objects",
      description = "Objects used in turn (default: as many as make 1 GiB, from 64 to 10,000).")
  private @Nullable Long objects;

  @Option(
      names = "--page-size",
      defaultValue = "1000",
      description = "Keys on a page of list (default: ${DEFAULT-VALUE}).")
  private int pageSize;

  @Option(names = "--data", defaultValue = "random", description = "random or text.")
  private Payload.Kind data = Payload.Kind.RANDOM;

  @Option(names = "--keep", description = "Leave the objects there.")
  private boolean keep;

  @Option(
      names = "--limits",
      description =
          "Also measure this machine's limits and show the result as multiples of them; for a server"
              + " on the same machine.")
  private boolean withLimits;

  @Option(
      names = "--work-dir",
      defaultValue = "load-tests/target",
      description = "Where --limits makes a temporary directory (default: ${DEFAULT-VALUE}).")
  private Path workDirectory = Path.of("load-tests/target");

  @Option(names = "--json", description = "Print the result as JSON.")
  private boolean json;

  OperationCommand(OperationName operation) {
    this.operation = operation;
  }

  @Override
  public Integer call() throws Exception {
    SigningClient.Target target =
        new SigningClient.Target(endpoint, Credentials.fromEnvironment(), region, clients);
    Vertx vertx = BenchCommand.lean();
    try {
      Context context = vertx.getOrCreateContext();
      LoadResult result =
          SigningClient.on(context, () -> run(new SigningClient(vertx, target)))
              .toCompletionStage()
              .toCompletableFuture()
              .get();
      print(vertx, result);
      return result.errorCount() == 0 && result.operations() > 0 ? 0 : 1;
    } finally {
      vertx.close();
    }
  }

  private Future<LoadResult> run(SigningClient client) {
    S3Operations operations = new S3Operations(client, bucket, Payload.of(data), size);
    long count =
        objects != null ? objects : Math.max(64, Math.min(10_000, (1L << 30) / Math.max(1, size)));
    boolean needsObjects = operation != OperationName.put;
    LoadRun.Extent once = LoadRun.Extent.ofOperations(clients, count);
    return client
        .createBucket('/' + bucket)
        .compose(
            v ->
                needsObjects ? part("fill", once, operations.put(count)) : Future.succeededFuture())
        .compose(v -> warmUp(operations, count))
        .compose(v -> part(operation.name(), extent(count), measured(operations, count)))
        .compose(
            result ->
                keep
                    ? Future.succeededFuture(result)
                    : part("clean", once, operations.delete(count)).map(result));
  }

  private Future<?> warmUp(S3Operations operations, long count) {
    // A warm-up of delete would leave nothing to delete.
    return warmupSeconds <= 0 || operation == OperationName.delete
        ? Future.succeededFuture()
        : part(
            "warm-up",
            LoadRun.Extent.ofSeconds(clients, warmupSeconds),
            measured(operations, count));
  }

  private LoadRun.Extent extent(long count) {
    LoadRun.Extent timed = LoadRun.Extent.ofSeconds(clients, durationSeconds);
    return operation == OperationName.delete
        ? new LoadRun.Extent(clients, timed.durationNanos(), count)
        : timed;
  }

  private LoadRun.Operation measured(S3Operations operations, long count) {
    return switch (operation) {
      case put -> operations.put(count);
      case get -> operations.get(count);
      case head -> operations.head(count);
      case list -> operations.list(count, pageSize);
      case delete -> operations.delete(count);
      case mixed -> operations.mixed(count);
    };
  }

  /** A stretch of load; when preparing or warming up fails, there is nothing to measure. */
  private Future<LoadResult> part(String name, LoadRun.Extent extent, LoadRun.Operation load) {
    return new LoadRun(name, extent, System::nanoTime, load)
        .start()
        .compose(
            result ->
                result.errorCount() > 0 && !name.equals(operation.name())
                    ? Future.failedFuture(name + " failed: " + result.errors())
                    : Future.succeededFuture(result));
  }

  private void print(Vertx vertx, LoadResult result) throws IOException {
    JsonObject report = report(result);
    if (!json) {
      System.out.println(result.toText());
    }
    if (withLimits) {
      MachineLimits limits = MachineLimits.measure(vertx, workDirectory, LIMIT_SECONDS);
      report.put("limits", limits.toJson());
      if (!json) {
        System.out.println(limits.toText(result));
      }
    }
    if (json) {
      System.out.println(report.encodePrettily());
    }
  }

  private JsonObject report(LoadResult result) {
    return result
        .toJson()
        .put("endpoint", endpoint.toString())
        .put("size", size)
        .put("clients", clients)
        .put("data", data.name().toLowerCase(Locale.ROOT));
  }
}

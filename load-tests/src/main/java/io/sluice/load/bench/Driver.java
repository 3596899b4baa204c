package io.sluice.load.bench;

import io.sluice.load.process.ServerOptions;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.net.URI;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Drives one endpoint, or the gateways of one store, from a blocking caller: each call is one
 * stretch of load, started on the client's event loop and waited for.
 */
final class Driver {

  private final Context context;
  private final List<SigningClient> clients;

  Driver(Vertx vertx, URI endpoint, int connections) {
    this(vertx, List.of(endpoint), connections);
  }

  /**
   * Clients take the gateways in turn.
   *
   * @param connections to each gateway
   */
  Driver(Vertx vertx, List<URI> gateways, int connections) {
    this.context = vertx.getOrCreateContext();
    this.clients =
        gateways.stream()
            .map(
                gateway ->
                    new SigningClient(
                        vertx,
                        new SigningClient.Target(
                            gateway, ServerOptions.credentials(), "us-east-1", connections)))
            .toList();
  }

  /** Runs {@code load} over a bucket; any failed operation fails the measurement. */
  LoadResult measure(
      String name,
      String bucket,
      Payload payload,
      long size,
      LoadRun.Extent extent,
      Function<S3Operations, LoadRun.Operation> load)
      throws IOException {
    List<LoadRun.Operation> operations =
        clients.stream()
            .map(client -> load.apply(new S3Operations(client, bucket, payload, size)))
            .toList();
    LoadRun.Operation inTurn =
        (worker, sequence) -> operations.get(worker % operations.size()).start(worker, sequence);
    LoadResult result = wait(() -> new LoadRun(name, extent, System::nanoTime, inTurn).start());
    if (result.errorCount() > 0) {
      throw new IOException(name + " failed: " + result.errors());
    }
    return result;
  }

  void createBucket(String bucket) throws IOException {
    wait(() -> clients.get(0).createBucket('/' + bucket));
  }

  /** A rate that the bare process measures in itself. */
  double rate(String what, String query) throws IOException {
    return wait(() -> clients.get(0).fetch("/bare-run/" + what, query))
        .toJsonObject()
        .getDouble("rate");
  }

  /** Filling a bucket with a million keys is the longest there is. */
  private static final long WAIT_MINUTES_MAX = 30;

  private <T> T wait(Supplier<Future<T>> work) throws IOException {
    try {
      return SigningClient.on(context, work)
          .toCompletionStage()
          .toCompletableFuture()
          .get(WAIT_MINUTES_MAX, TimeUnit.MINUTES);
    } catch (TimeoutException e) {
      throw new IOException("no end after " + WAIT_MINUTES_MAX + " minutes", e);
    } catch (ExecutionException e) {
      throw new IOException(e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }
}

package io.sluice.load.disaster;

import io.sluice.load.crash.LoadedStore;
import io.sluice.load.process.ServerOptions;
import io.sluice.load.s3.BlockingS3Client;
import io.sluice.load.s3.S3Response;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.time.Duration;
import java.util.List;

/**
 * The administration API, asked at any node that answers. As the commands do, whose JVMs would take
 * longer to start than to ask. For one thread.
 */
public final class AdminClient {
  private static final String BASE = "/_sluice/admin/v1";
  private static final Duration REQUEST_LIMIT = Duration.ofSeconds(15);
  private static final Duration CALL_LIMIT = Duration.ofSeconds(90);
  private static final double RETRY_SECONDS = 0.3;

  private final List<BlockingS3Client> nodes;

  /** The server decided against it. */
  public static final class RefusedException extends IOException {
    private static final long serialVersionUID = 1L;

    RefusedException(String message) {
      super(message);
    }
  }

  /** A request to one node. */
  @FunctionalInterface
  private interface Request {
    S3Response to(BlockingS3Client node) throws IOException;
  }

  public AdminClient(List<URI> gateways) {
    HttpClient http = BlockingS3Client.sharedHttp();
    this.nodes =
        gateways.stream()
            .map(
                gateway ->
                    new BlockingS3Client(
                        http, gateway, ServerOptions.credentials(), "us-east-1", REQUEST_LIMIT))
            .toList();
  }

  public JsonObject get(String path) throws IOException {
    return anywhere(node -> node.getPath(BASE + path));
  }

  public JsonObject post(String path, JsonObject body) throws IOException {
    return anywhere(node -> node.postPath(BASE + path, body.encode()));
  }

  /** The same until it is not refused: a cluster that is new, or has changed, may need a moment. */
  public JsonObject postPatiently(String path, JsonObject body) throws IOException {
    long end = System.nanoTime() + CALL_LIMIT.toNanos();
    while (true) {
      try {
        return post(path, body);
      } catch (RefusedException e) {
        if (System.nanoTime() > end) {
          throw e;
        }
        LoadedStore.pause(RETRY_SECONDS);
      }
    }
  }

  /** Of one node, from 1; asked once. */
  public JsonObject getAt(int node, String path) throws IOException {
    return answer(nodes.get(node - 1).getPath(BASE + path));
  }

  /** To one node, from 1; asked once. */
  public JsonObject postAt(int node, String path, JsonObject body) throws IOException {
    return answer(nodes.get(node - 1).postPath(BASE + path, body.encode()));
  }

  /** Nodes come and go, and so do leaders: asked again until one decides. */
  private JsonObject anywhere(Request request) throws IOException {
    long end = System.nanoTime() + CALL_LIMIT.toNanos();
    IOException failure = new IOException("no node");
    while (System.nanoTime() < end) {
      for (BlockingS3Client node : nodes) {
        try {
          return answer(request.to(node));
        } catch (RefusedException e) {
          throw e;
        } catch (IOException e) {
          failure = e;
        }
      }
      LoadedStore.pause(RETRY_SECONDS);
    }
    throw failure;
  }

  private static JsonObject answer(S3Response response) throws IOException {
    if (response.isSuccess()) {
      return response.body().length == 0 ? new JsonObject() : new JsonObject(response.text());
    }
    String message = response.status() + " " + response.text();
    throw response.status() < 500 ? new RefusedException(message) : new IOException(message);
  }
}

package io.sluice.load.disaster;

import io.sluice.load.crash.LoadedStore;
import io.sluice.load.process.ServerOptions;
import io.sluice.load.s3.BlockingS3Client;
import io.sluice.load.s3.Credentials;
import io.sluice.load.s3.S3Response;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * The administration API, asked at any node that answers. As the commands do, whose JVMs would take
 * longer to start than to ask. For one thread.
 */
final class BackupAdmin {
  private static final String BASE = "/_sluice/admin/v1";
  private static final Duration REQUEST_LIMIT = Duration.ofSeconds(15);
  private static final Duration CALL_LIMIT = Duration.ofSeconds(90);
  private static final double POLL_SECONDS = 0.05;
  private static final double RETRY_SECONDS = 0.3;

  private final List<BlockingS3Client> nodes;

  /** The server decided against it. */
  static final class RefusedException extends IOException {
    private static final long serialVersionUID = 1L;

    RefusedException(String message) {
      super(message);
    }
  }

  /** A backup was given up. */
  static final class GivenUpException extends IOException {
    private static final long serialVersionUID = 1L;

    GivenUpException(String message) {
      super(message);
    }
  }

  BackupAdmin(List<URI> gateways) {
    HttpClient http = BlockingS3Client.sharedHttp();
    this.nodes =
        gateways.stream()
            .map(
                gateway ->
                    new BlockingS3Client(
                        http, gateway, ServerOptions.credentials(), "us-east-1", REQUEST_LIMIT))
            .toList();
  }

  void addAccount(String name, Credentials key) throws IOException {
    post(
        "/accounts",
        new JsonObject()
            .put("name", name)
            .put("accessKey", key.accessKey())
            .put("secretKey", key.secretKey()));
  }

  /**
   * Adds a directory. A cluster that has just been created may refuse that for a moment, until all
   * of its nodes have told each other which format they speak.
   *
   * @param bytesPerSecondMax 0: no limit
   */
  void addTarget(String name, Path directory, long bytesPerSecondMax) throws IOException {
    JsonObject target =
        new JsonObject().put("name", name).put("url", "file://" + directory.toAbsolutePath());
    if (bytesPerSecondMax > 0) {
      target.put("bytesPerSecondMax", bytesPerSecondMax);
    }
    long end = System.nanoTime() + CALL_LIMIT.toNanos();
    while (true) {
      try {
        post("/targets", target);
        return;
      } catch (RefusedException e) {
        if (System.nanoTime() > end) {
          throw e;
        }
        LoadedStore.pause(RETRY_SECONDS);
      }
    }
  }

  /**
   * Asks for a backup.
   *
   * @return its id
   */
  String begin(String target, String kind) throws IOException {
    return text(post("/targets/" + target + "/backups", new JsonObject().put("kind", kind)), "id");
  }

  /** The node that makes a backup; empty when none does just now, or it is not being made. */
  Optional<String> maker(String target, String id) throws IOException {
    JsonObject running = get("/targets/" + target).getJsonObject("running", new JsonObject());
    return Optional.of(running)
        .filter(job -> id.equals(job.getString("id")))
        .map(job -> job.getString("node", ""))
        .filter(node -> !node.isEmpty());
  }

  /**
   * Waits for a backup.
   *
   * @throws GivenUpException when it was given up
   */
  Backup await(String target, String id, Duration limit) throws IOException {
    long end = System.nanoTime() + limit.toNanos();
    while (System.nanoTime() < end) {
      JsonObject now = get("/targets/" + target);
      if (id.equals(now.getJsonObject("last", new JsonObject()).getString("id"))) {
        return Backup.of(get("/targets/" + target + "/backups/" + id));
      }
      if (!id.equals(now.getJsonObject("running", new JsonObject()).getString("id"))) {
        throw new GivenUpException(now.getJsonObject("lastFailure", new JsonObject()).encode());
      }
      LoadedStore.pause(POLL_SECONDS);
    }
    throw new IOException("backup " + id + " is not made after " + limit.toSeconds() + " s");
  }

  /** The complete ones of this cluster, the oldest first. */
  List<Backup> list(String target) throws IOException {
    return get("/targets/" + target + "/backups").getJsonArray("backups", new JsonArray()).stream()
        .map(set -> Backup.of((JsonObject) set))
        .toList();
  }

  /**
   * Has a node begin a restore.
   *
   * @param node from 1
   * @return the restore's id, which only that node knows
   */
  String beginRestore(int node, String target, JsonObject order) throws IOException {
    return text(
        answer(
            nodes
                .get(node - 1)
                .postPath(BASE + "/targets/" + target + "/restores", order.encode())),
        "id");
  }

  /** How far a restore is, as {@code sluice restore} sees it. */
  JsonObject restore(int node, String id) throws IOException {
    return answer(nodes.get(node - 1).getPath(BASE + "/restores/" + id));
  }

  private static String text(JsonObject json, String field) throws IOException {
    String text = json.getString(field);
    if (text == null) {
      throw new IOException("no " + field + " in " + json.encode());
    }
    return text;
  }

  private JsonObject get(String path) throws IOException {
    return anywhere(node -> node.getPath(BASE + path));
  }

  private JsonObject post(String path, JsonObject body) throws IOException {
    return anywhere(node -> node.postPath(BASE + path, body.encode()));
  }

  /** A request to one node. */
  @FunctionalInterface
  private interface Request {
    S3Response to(BlockingS3Client node) throws IOException;
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

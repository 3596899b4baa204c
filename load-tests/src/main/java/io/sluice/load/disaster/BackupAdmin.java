package io.sluice.load.disaster;

import io.sluice.load.crash.LoadedStore;
import io.sluice.load.s3.Credentials;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** Backups and restores of a cluster, asked for at any node that answers. For one thread. */
public final class BackupAdmin {
  private static final double POLL_SECONDS = 0.05;

  private final AdminClient client;

  /** A backup was given up. */
  public static final class GivenUpException extends IOException {
    private static final long serialVersionUID = 1L;

    GivenUpException(String message) {
      super(message);
    }
  }

  public BackupAdmin(AdminClient client) {
    this.client = client;
  }

  /** An account with a key of its own. */
  public void addAccount(String name, Credentials key) throws IOException {
    client.post(
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
  public void addTarget(String name, Path directory, long bytesPerSecondMax) throws IOException {
    JsonObject target =
        new JsonObject().put("name", name).put("url", "file://" + directory.toAbsolutePath());
    if (bytesPerSecondMax > 0) {
      target.put("bytesPerSecondMax", bytesPerSecondMax);
    }
    client.postPatiently("/targets", target);
  }

  /**
   * Asks for a backup.
   *
   * @return its id
   */
  public String begin(String target, String kind) throws IOException {
    return text(
        client.post("/targets/" + target + "/backups", new JsonObject().put("kind", kind)), "id");
  }

  /** The node that makes a backup; empty when none does just now, or it is not being made. */
  Optional<String> maker(String target, String id) throws IOException {
    JsonObject running =
        client.get("/targets/" + target).getJsonObject("running", new JsonObject());
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
  public Backup await(String target, String id, Duration limit) throws IOException {
    long end = System.nanoTime() + limit.toNanos();
    while (System.nanoTime() < end) {
      JsonObject now = client.get("/targets/" + target);
      if (id.equals(now.getJsonObject("last", new JsonObject()).getString("id"))) {
        return Backup.of(client.get("/targets/" + target + "/backups/" + id));
      }
      if (!id.equals(now.getJsonObject("running", new JsonObject()).getString("id"))) {
        throw new GivenUpException(now.getJsonObject("lastFailure", new JsonObject()).encode());
      }
      LoadedStore.pause(POLL_SECONDS);
    }
    throw new IOException("backup " + id + " is not made after " + limit.toSeconds() + " s");
  }

  /** Has a backup made, and waits for it. */
  Backup make(String target, String kind, Duration limit) throws IOException {
    return await(target, begin(target, kind), limit);
  }

  /** Waits for a backup; where it is given up, which must say why, has a full one made. */
  Backup awaitOrAgain(String target, String id, Duration limit, Findings findings)
      throws IOException {
    try {
      return await(target, id, limit);
    } catch (GivenUpException e) {
      System.out.println("  given up: " + e.getMessage());
      if (!String.valueOf(e.getMessage()).contains("message")) {
        findings.violation("a backup was given up without a reason: " + e.getMessage());
      }
      return make(target, "full", limit);
    }
  }

  /** The complete ones of this cluster, the oldest first. */
  public List<Backup> list(String target) throws IOException {
    return client
        .get("/targets/" + target + "/backups")
        .getJsonArray("backups", new JsonArray())
        .stream()
        .map(set -> Backup.of((JsonObject) set))
        .toList();
  }

  /**
   * Has a node begin a restore.
   *
   * @param node from 1
   * @return the restore's id, which only that node knows
   */
  public String beginRestore(int node, String target, JsonObject order) throws IOException {
    return text(client.postAt(node, "/targets/" + target + "/restores", order), "id");
  }

  /** How far a restore is, as {@code sluice restore} sees it. */
  public JsonObject restore(int node, String id) throws IOException {
    return client.getAt(node, "/restores/" + id);
  }

  private static String text(JsonObject json, String field) throws IOException {
    String text = json.getString(field);
    if (text == null) {
      throw new IOException("no " + field + " in " + json.encode());
    }
    return text;
  }
}

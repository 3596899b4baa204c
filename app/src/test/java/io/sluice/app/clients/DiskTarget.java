package io.sluice.app.clients;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.time.Duration;
import org.awaitility.Awaitility;

/** A server's target {@code disk}: a directory, and the backups that a test makes there. */
final class DiskTarget {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final JsonObject NOTHING = new JsonObject();

  private final AdminRequests admin;

  private DiskTarget(AdminRequests admin) {
    this.admin = admin;
  }

  static DiskTarget add(AdminRequests admin, Path directory, String... rules) {
    JsonArray retention = new JsonArray();
    for (String rule : rules) {
      retention.add(rule);
    }
    JsonObject target =
        new JsonObject()
            .put("name", "disk")
            .put("url", "file://" + directory.toAbsolutePath())
            .put("retention", retention);
    Awaitility.await("a format that has targets")
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(200))
        .until(() -> admin.exchange("POST", "/targets", target).statusCode() == 201);
    return new DiskTarget(admin);
  }

  /** Makes a set, whose id it says. */
  String run(String kind) {
    JsonObject wanted = new JsonObject().put("kind", kind);
    String id = new JsonObject(admin.send("POST", "/targets/disk/backups", wanted)).getString("id");
    Awaitility.await("backup " + id)
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(50))
        .until(
            () -> {
              JsonObject now = new JsonObject(admin.send("GET", "/targets/disk", NOTHING));
              assertThat(now.getJsonObject("lastFailure")).isNull();
              return id.equals(now.getJsonObject("last", NOTHING).getString("id"));
            });
    return id;
  }
}

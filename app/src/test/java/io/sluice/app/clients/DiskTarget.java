package io.sluice.app.clients;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;

/** A server's target {@code disk}: a directory, and the backups that a test makes there. */
final class DiskTarget {
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
    admin.create("/targets", target);
    return new DiskTarget(admin);
  }

  /** Makes a set, whose id it says. */
  String run(String kind) {
    return admin.backUp("disk", kind);
  }
}

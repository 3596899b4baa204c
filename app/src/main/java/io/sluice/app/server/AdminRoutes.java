package io.sluice.app.server;

import io.sluice.gateway.admin.AdminAnswer;
import io.sluice.gateway.admin.AdminRoute;
import io.sluice.storage.verticle.ScrubStatus;
import io.sluice.storage.verticle.SegmentStore;
import io.smallrye.mutiny.Uni;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;

/** Commands of the administration API that reach behind the gateway. */
final class AdminRoutes {
  private final StoragePlane storage;

  AdminRoutes(StoragePlane storage) {
    this.storage = storage;
  }

  List<AdminRoute> routes() {
    return List.of(
        new AdminRoute(HttpMethod.GET, "/scrub", call -> Uni.createFrom().item(scrubStatus())),
        new AdminRoute(HttpMethod.POST, "/scrub/start", call -> startScrub()));
  }

  private Uni<AdminAnswer> startScrub() {
    storage.disks().forEach(SegmentStore::scrub);
    return Uni.createFrom().item(scrubStatus());
  }

  private AdminAnswer scrubStatus() {
    JsonArray disks = new JsonArray();
    for (SegmentStore disk : storage.disks()) {
      ScrubStatus status = disk.scrubStatus();
      disks.add(
          new JsonObject()
              .put("disk", disk.id())
              .put("running", status.running())
              .put("progress", status.progress())
              .put("chunksChecked", status.chunksChecked())
              .put("damagedChunks", status.damagedChunks())
              .put(
                  "lastCompleted",
                  status.lastCompleted() == null ? null : status.lastCompleted().toString()));
    }
    return AdminAnswer.ok(new JsonObject().put("disks", disks));
  }
}

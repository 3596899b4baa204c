package io.sluice.app.server;

import io.sluice.app.node.Backing;
import io.sluice.gateway.admin.AdminAnswer;
import io.sluice.gateway.admin.AdminRoute;
import io.sluice.metadata.gc.GcStatus;
import io.sluice.storage.verticle.ScrubStatus;
import io.sluice.storage.verticle.SegmentStore;
import io.smallrye.mutiny.Uni;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Commands of the administration API that reach behind the gateway. */
final class AdminRoutes {
  private static final Logger LOG = LoggerFactory.getLogger(AdminRoutes.class);

  private final Backing storage;

  AdminRoutes(Backing storage) {
    this.storage = storage;
  }

  List<AdminRoute> routes() {
    List<AdminRoute> routes = new ArrayList<>(jobs());
    routes.addAll(storage.adminRoutes());
    return routes;
  }

  private List<AdminRoute> jobs() {
    return List.of(
        new AdminRoute(HttpMethod.GET, "/gc", call -> Uni.createFrom().item(gcStatus())),
        new AdminRoute(HttpMethod.POST, "/gc/start", call -> startGc()),
        new AdminRoute(HttpMethod.POST, "/gc/confirm-clock", call -> confirmClock()),
        new AdminRoute(HttpMethod.GET, "/scrub", call -> Uni.createFrom().item(scrubStatus())),
        new AdminRoute(HttpMethod.POST, "/scrub/start", call -> startScrub()));
  }

  /** Answers at once; the run goes on, and {@code GET /gc} tells how far it is. */
  private Uni<AdminAnswer> startGc() {
    storage
        .collector()
        .runNow()
        .subscribe()
        .with(status -> {}, failure -> LOG.error("garbage collection failed", failure));
    return Uni.createFrom().item(gcStatus());
  }

  private Uni<AdminAnswer> confirmClock() {
    storage.collector().confirmClock();
    return Uni.createFrom().item(gcStatus());
  }

  private AdminAnswer gcStatus() {
    GcStatus status = storage.collector().status();
    return AdminAnswer.ok(
        new JsonObject()
            .put("running", status.running())
            .put("phase", status.phase())
            .put("started", text(status.started()))
            .put("finished", text(status.finished()))
            .put("clockSuspect", status.clockSuspect())
            .put("chunksListed", status.chunksListed())
            .put("garbageChunks", status.garbageChunks())
            .put("orphanChunks", status.orphanChunks())
            .put("itemsForgotten", status.itemsForgotten())
            .put("bucketsResolved", status.bucketsResolved())
            .put("changesTrimmed", status.changesTrimmed())
            .put("lastFailure", status.lastFailure()));
  }

  private static @Nullable String text(@Nullable Instant time) {
    return time == null ? null : time.toString();
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
              .put("lastCompleted", text(status.lastCompleted())));
    }
    return AdminAnswer.ok(new JsonObject().put("disks", disks));
  }
}

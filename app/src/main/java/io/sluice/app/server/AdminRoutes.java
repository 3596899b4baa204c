package io.sluice.app.server;

import io.sluice.app.node.Backing;
import io.sluice.app.node.NodeJobs.Request;
import io.sluice.app.recovery.BackupPlane;
import io.sluice.app.recovery.RecoveryRoutes;
import io.sluice.gateway.admin.AdminAnswer;
import io.sluice.gateway.admin.AdminRoute;
import io.sluice.recovery.restore.PartCopies;
import io.sluice.storage.MetadataStore;
import io.vertx.core.http.HttpMethod;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;

/** Commands of the administration API that reach behind the gateway. */
final class AdminRoutes {
  private final Backing storage;
  private final MetadataStore metadata;
  private final PartCopies copies;
  private final Clock clock;
  private final String rootId;
  private final BackupPlane backups;

  /**
   * @param metadata as clients write it
   */
  AdminRoutes(
      Backing storage,
      MetadataStore metadata,
      PartCopies copies,
      Clock clock,
      String rootId,
      BackupPlane backups) {
    this.storage = storage;
    this.metadata = metadata;
    this.copies = copies;
    this.clock = clock;
    this.rootId = rootId;
    this.backups = backups;
  }

  List<AdminRoute> routes() {
    List<AdminRoute> routes = new ArrayList<>();
    routes.add(job(HttpMethod.GET, "/gc", Request.GC));
    routes.add(job(HttpMethod.POST, "/gc/start", Request.GC_START));
    routes.add(job(HttpMethod.POST, "/gc/confirm-clock", Request.GC_CONFIRM_CLOCK));
    routes.add(job(HttpMethod.GET, "/scrub", Request.SCRUB));
    routes.add(job(HttpMethod.POST, "/scrub/start", Request.SCRUB_START));
    routes.addAll(new RecoveryRoutes(metadata, copies, clock, rootId).routes());
    routes.addAll(backups.routes());
    routes.addAll(storage.adminRoutes());
    return routes;
  }

  /** Answers at once: what was started goes on, and the status tells how far it is. */
  private AdminRoute job(HttpMethod method, String path, Request request) {
    return new AdminRoute(method, path, call -> storage.job(request).map(AdminAnswer::ok));
  }
}

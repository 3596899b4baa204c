package io.sluice.app.node;

import io.sluice.gateway.admin.AdminRoute;
import io.sluice.gateway.http.Readiness;
import io.sluice.gateway.placement.BalancePolicy;
import io.sluice.gateway.placement.RepairBacklog;
import io.sluice.gateway.placement.Topology;
import io.sluice.storage.MetadataStore;
import io.smallrye.mutiny.Uni;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.util.List;
import java.util.UUID;
import java.util.function.Supplier;

/**
 * What stands behind the gateway: the metadata and the disks, of this node alone or of a cluster.
 * Unless said otherwise every method returns at once, and may be called on any thread once the
 * backing is open.
 */
public interface Backing {
  MetadataStore metadata();

  UUID clusterId();

  /** Whether this node leads shard 0, and so does what one node has to do for all. */
  boolean leads();

  /** Who this node is, for people. */
  String node();

  /** Where chunks belong, and how their replicas are reached. */
  Topology topology();

  /** The balance policy in force. */
  Supplier<BalancePolicy> balance();

  /** Where the gateway notes copies that are missing. */
  RepairBacklog backlog();

  /** Whether what stands behind the gateway can serve. */
  Readiness readiness();

  /** Asks for background jobs: this node's, or all nodes' of a cluster. */
  Uni<JsonObject> job(NodeJobs.Request request);

  /** Administrative commands that only this kind of backing has. */
  List<AdminRoute> adminRoutes();

  /** For the line that says that the node is ready, such as "2 disks, 2 copies". */
  String describe();

  /** Waits until it can serve. Blocks: for the start only. */
  void awaitReady() throws IOException;
}

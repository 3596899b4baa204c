package io.sluice.app.cluster;

import static java.util.stream.Collectors.joining;

import io.micrometer.core.instrument.MeterRegistry;
import io.sluice.app.config.ClusterSettings;
import io.sluice.app.config.Role;
import io.sluice.app.config.ServerOptions;
import io.sluice.app.node.Backing;
import io.sluice.app.node.Blocking;
import io.sluice.app.node.Lobby;
import io.sluice.app.node.NodeJobs;
import io.sluice.app.node.StartupException;
import io.sluice.app.node.Steps;
import io.sluice.cluster.secret.ClusterSecret;
import io.sluice.cluster.view.ClusterView;
import io.sluice.gateway.admin.AdminRoute;
import io.sluice.gateway.http.Readiness;
import io.sluice.gateway.placement.BalancePolicies;
import io.sluice.gateway.placement.BalancePolicy;
import io.sluice.gateway.placement.RepairBacklog;
import io.sluice.gateway.placement.Topology;
import io.sluice.storage.FormatRange;
import io.sluice.storage.MetadataStore;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.function.Supplier;

/**
 * What stands behind the gateway of a node that is one of many, as it is once it is open. How it
 * comes to be is {@link ClusterOpening}'s.
 */
public final class ClusterPlane implements Backing {
  private static final int ROOT_KEY_SEED_BYTES = 60;

  private final Steps steps;
  private final Duties.Ground ground;
  private final ClusterSecret secret;
  private final Topology topology;
  private final ClusterReadiness readiness;
  private final ClusterJobs jobs;
  private final LeaderCall leader;
  private final Supplier<BalancePolicy> balance;

  /**
   * @param steps what was opened, for the end
   */
  ClusterPlane(
      Steps steps,
      Duties.Ground ground,
      ClusterSecret secret,
      Topology topology,
      ClusterReadiness readiness,
      ClusterJobs jobs,
      LeaderCall leader) {
    this.steps = steps;
    this.ground = ground;
    this.secret = secret;
    this.topology = topology;
    this.readiness = readiness;
    this.jobs = jobs;
    this.leader = leader;
    this.balance = BalancePolicies.following(this::policyName);
  }

  /**
   * Opens it, which may mean to wait for others: until there is a cluster, and a majority of its
   * metadata answers. Blocks.
   *
   * @param lobby answers meanwhile; it is to be closed when this returns, not when it fails
   * @throws StartupException when this node must not start; one line that says what to do
   */
  public static ClusterPlane open(
      ServerOptions options,
      ClusterSettings settings,
      FormatRange formats,
      Clock clock,
      MeterRegistry meters,
      Lobby lobby)
      throws IOException {
    Steps steps = new Steps();
    try {
      return new ClusterOpening(steps, options, settings, formats, clock, meters, lobby).open();
    } catch (IOException | RuntimeException e) {
      steps.stop();
      throw e;
    }
  }

  private ClusterView view() {
    return ground.views().current();
  }

  private String policyName() {
    return view().settings().getOrDefault(ClusterCommands.POLICY, BalancePolicies.DEFAULT);
  }

  /** The event loops to serve on; they end with this plane. */
  public Vertx vertx() {
    return ground.vertx();
  }

  /**
   * Bytes that the nodes of this cluster share and nobody else knows, for the root account's key.
   */
  public byte[] rootKeySeed() {
    return rootKeySeed(secret);
  }

  static byte[] rootKeySeed(ClusterSecret secret) {
    return secret.derive("key of the root account", ROOT_KEY_SEED_BYTES);
  }

  @Override
  public MetadataStore metadata() {
    return ground.store();
  }

  @Override
  public UUID clusterId() {
    return UUID.fromString(ground.metadata().identity().clusterId());
  }

  @Override
  public boolean leads() {
    return ground.metadata().leads(MetadataStore.ROOT_SHARD);
  }

  @Override
  public String node() {
    return ground.settings().node();
  }

  @Override
  public Topology topology() {
    return topology;
  }

  @Override
  public Supplier<BalancePolicy> balance() {
    return balance;
  }

  @Override
  public RepairBacklog backlog() {
    return ground.backlog();
  }

  @Override
  public Readiness readiness() {
    return readiness.newest();
  }

  @Override
  public Uni<JsonObject> job(NodeJobs.Request request) {
    return jobs.answer(request);
  }

  @Override
  public List<AdminRoute> adminRoutes() {
    return ClusterCommands.routes(leader);
  }

  @Override
  public String describe() {
    ClusterSettings settings = ground.settings();
    ClusterView now = view();
    // The view may not know yet that this node registered.
    int nodes = now.nodes().size() + (now.nodes().containsKey(settings.node()) ? 0 : 1);
    String roles =
        settings.roles().size() == Role.values().length
            ? ""
            : " (" + settings.roles().stream().map(Role::toString).collect(joining(", ")) + ")";
    int replicas = now.layout().replicas();
    return "node "
        + settings.node()
        + roles
        + " of "
        + nodes
        + ", "
        + replicas
        + (replicas == 1 ? " copy" : " copies");
  }

  @Override
  public void awaitReady() throws IOException {
    Blocking.await(readiness.firstReady(), Duration.ofDays(1));
  }

  /** Leaves the cluster in order, each step bounded. Blocks. */
  public void close() {
    steps.stop();
  }
}

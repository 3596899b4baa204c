package io.sluice.app.cluster;

import io.sluice.cluster.layout.LayoutKeeper;
import io.sluice.cluster.layout.Liveness;
import io.sluice.cluster.view.ClusterView;
import io.sluice.cluster.view.ClusterViews;
import io.sluice.gateway.admin.AdminAnswer;
import io.sluice.gateway.admin.AdminException;
import io.sluice.gateway.admin.AdminRoute;
import io.sluice.gateway.placement.BalancePolicies;
import io.sluice.storage.Layout;
import io.sluice.storage.MetadataStore;
import io.sluice.storage.StorageFailure;
import io.sluice.storage.proto.Command;
import io.sluice.storage.proto.DiskRecord;
import io.sluice.storage.proto.NodeRecord;
import io.sluice.storage.proto.PutSetting;
import io.sluice.storage.proto.SettingRecord;
import io.sluice.storage.proto.SyncItem;
import io.sluice.storage.proto.SyncRequest;
import io.smallrye.mutiny.Uni;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * {@code sluice cluster …} and {@code sluice heal …}: any node takes them, the one that leads shard
 * 0 does them.
 */
final class ClusterCommands {
  /** The setting that names the balance policy. */
  static final String POLICY = "balance-policy";

  /** What a person is told instead of figures; one line. */
  static final String MESSAGE = "message";

  private static final Duration CALL_LIMIT = Duration.ofSeconds(10);

  private final MetadataStore store;
  private final ClusterViews views;
  private final Liveness liveness;
  private final LayoutKeeper keeper;
  private final HealChannel channel;
  private final ClusterStatus status;
  private final NodeStates nodes;

  ClusterCommands(Duties.Ground on, Duties duties) {
    this.store = on.store();
    this.views = on.views();
    this.liveness = duties.liveness();
    this.keeper = duties.keeper();
    this.channel = on.channel();
    this.status = new ClusterStatus(on, duties);
    this.nodes = new NodeStates(views::current, liveness::isUp, this::submit);
  }

  /** The routes of the administration API. */
  static List<AdminRoute> routes(LeaderCall leader) {
    return List.of(
        route(leader, HttpMethod.GET, "/cluster", "status"),
        route(leader, HttpMethod.GET, "/cluster/nodes", "nodes"),
        route(leader, HttpMethod.GET, "/cluster/layout", "layout"),
        route(leader, HttpMethod.POST, "/cluster/layout", "rebalance"),
        route(leader, HttpMethod.POST, "/cluster/rebalance", "rebalance"),
        route(leader, HttpMethod.GET, "/cluster/balance-policy", "policy"),
        route(leader, HttpMethod.POST, "/cluster/balance-policy", "set-policy"),
        route(leader, HttpMethod.POST, "/cluster/nodes/:name/drain", "drain"),
        route(leader, HttpMethod.POST, "/cluster/nodes/:name/remove", "remove"),
        route(leader, HttpMethod.GET, "/heal", "heal"),
        route(leader, HttpMethod.POST, "/heal/start", "heal-start"));
  }

  private static AdminRoute route(
      LeaderCall leader, HttpMethod method, String path, String command) {
    return new AdminRoute(
        method,
        path,
        call -> {
          JsonObject arguments = call.body().copy();
          call.pathParameters().forEach(arguments::put);
          return leader.run(command, arguments).map(AdminAnswer::ok);
        });
  }

  /** Does a command on this node, which leads shard 0. */
  Uni<JsonObject> run(String command, JsonObject arguments) {
    return switch (command) {
      case "status" -> status.all();
      case "nodes" ->
          status.all().map(all -> new JsonObject().put("nodes", all.getJsonArray("nodes")));
      case "layout" -> Uni.createFrom().item(this::layout);
      case "rebalance" ->
          rebalance(
              number(arguments, "replicas"), Boolean.TRUE.equals(arguments.getValue("force")));
      case "policy" -> Uni.createFrom().item(this::policy);
      case "set-policy" -> setPolicy(arguments.getString("policy", ""));
      case "drain" -> nodes.drain(arguments);
      case "remove" -> nodes.remove(arguments);
      case "heal" -> status.all().map(all -> all.getJsonObject("heal"));
      case "heal-start" -> startHealing().chain(status::all).map(all -> all.getJsonObject("heal"));
      default ->
          Uni.createFrom()
              .failure(AdminException.notFound("NoSuchCommand", "There is no such command."));
    };
  }

  private static int number(JsonObject arguments, String name) {
    return arguments.getValue(name) instanceof Integer given ? given : 0;
  }

  private JsonObject layout() {
    ClusterView now = views.current();
    JsonObject disks = new JsonObject();
    List<NodeRecord> nodes =
        now.all().stream().sorted(Comparator.comparing(NodeRecord::getName)).toList();
    for (NodeRecord node : nodes) {
      for (DiskRecord disk : node.getDisksList()) {
        disks.put(
            disk.getId(),
            new JsonObject()
                .put("node", node.getName())
                .put("partitions", ClusterStatus.held(now.layout(), disk.getId())));
      }
    }
    return new JsonObject()
        .put("version", now.layout().version())
        .put("replicas", now.layout().replicas())
        .put("partitions", now.layout().partitions().size())
        .put("moving", moving(now.layout()))
        .put("disks", disks);
  }

  private static long moving(Layout layout) {
    return IntStream.range(0, layout.partitions().size()).filter(layout::isMoving).count();
  }

  private Uni<JsonObject> rebalance(int replicas, boolean force) {
    if (replicas < 0) {
      throw AdminException.invalid("replicas must be at least 1");
    }
    long before = views.current().layout().version();
    return keeper
        .rebalance(replicas, force)
        .onFailure(IllegalArgumentException.class)
        .transform(
            failure -> AdminException.conflict("LayoutUnmet", String.valueOf(failure.getMessage())))
        .chain(
            version ->
                seen(version)
                    .map(now -> version > before ? layout() : unchanged(now.layout(), layout())));
  }

  /** What is said instead of doing it again. */
  static JsonObject unchanged(Layout layout, JsonObject shown) {
    boolean isMoving = layout.spreading() || moving(layout) > 0;
    return shown.put(
        MESSAGE,
        isMoving
            ? "partitions are moving already (sluice cluster status --watch): nothing changed"
            : "nothing to do: partitions are spread over all disks that may hold them, with %s"
                .formatted(layout.replicas() == 1 ? "1 copy" : layout.replicas() + " copies"));
  }

  /** Waits until the view has a layout; one that is late is shown as it is. */
  private Uni<ClusterView> seen(long layoutVersion) {
    ClusterView now = views.current();
    return now.layout().version() >= layoutVersion
        ? Uni.createFrom().item(now)
        : views
            .await(now.revision() + 1, CALL_LIMIT)
            .chain(newer -> seen(layoutVersion))
            .onFailure(StorageFailure.class)
            .recoverWithItem(now);
  }

  private JsonObject policy() {
    return new JsonObject()
        .put("policy", views.current().settings().getOrDefault(POLICY, BalancePolicies.DEFAULT))
        .put("policies", List.copyOf(BalancePolicies.names()));
  }

  private Uni<JsonObject> setPolicy(String name) {
    if (!BalancePolicies.names().contains(name)) {
      throw AdminException.invalid(
          "there is no balance policy '"
              + name
              + "': choose one of "
              + String.join(", ", BalancePolicies.names()));
    }
    Command command =
        Command.newBuilder()
            .setPutSetting(
                PutSetting.newBuilder()
                    .setSetting(SettingRecord.newBuilder().setName(POLICY).setValue(name)))
            .build();
    return submit(command).replaceWith(() -> new JsonObject().put("policy", name));
  }

  private Uni<Void> submit(Command command) {
    return store
        .submit(MetadataStore.ROOT_SHARD, command, CALL_LIMIT)
        .invoke(views::lookAgain)
        .replaceWithVoid();
  }

  /** Each node that is up compares all that it has. */
  private Uni<Void> startHealing() {
    ClusterView now = views.current();
    List<Uni<Void>> asked =
        now.all().stream()
            .filter(node -> liveness.isUp(node.getName()))
            .map(
                node ->
                    channel
                        .repair(node, everything(now, node))
                        .replaceWithVoid()
                        .onFailure()
                        .recoverWithNull())
            .toList();
    return asked.isEmpty()
        ? Uni.createFrom().voidItem()
        : Uni.join().all(asked).andFailFast().replaceWithVoid();
  }

  private static SyncRequest everything(ClusterView now, NodeRecord node) {
    SyncRequest.Builder request = SyncRequest.newBuilder();
    for (DiskRecord disk : node.getDisksList()) {
      for (int partition = 0; partition < now.layout().partitions().size(); partition++) {
        if (now.layout().holdersOf(partition).contains(disk.getId())) {
          request.addItems(SyncItem.newBuilder().setDisk(disk.getId()).setPartition(partition));
        }
      }
    }
    return request.build();
  }
}

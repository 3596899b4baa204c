package io.sluice.app.cluster;

import io.sluice.app.node.HealShown;
import io.sluice.app.node.LocalDisks;
import io.sluice.cluster.layout.LayoutKeeper;
import io.sluice.cluster.layout.MoveProgress;
import io.sluice.cluster.layout.ProbedLiveness;
import io.sluice.cluster.view.ClusterView;
import io.sluice.cluster.view.LoadTable;
import io.sluice.gateway.placement.BalancePolicies;
import io.sluice.storage.FormatRange;
import io.sluice.storage.Layout;
import io.sluice.storage.chunk.ChunkReplica;
import io.sluice.storage.proto.DiskRecord;
import io.sluice.storage.proto.HealFigures;
import io.sluice.storage.proto.NodeRecord;
import io.sluice.storage.proto.ShardVoters;
import io.sluice.storage.proto.SyncAnswer;
import io.sluice.storage.proto.SyncRequest;
import io.smallrye.mutiny.Uni;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** How the cluster is, as the node that leads shard 0 sees it. */
final class ClusterStatus {
  private static final Duration FIGURES_LIMIT = Duration.ofSeconds(2);

  private final Supplier<ClusterView> view;
  private final ProbedLiveness liveness;
  private final LoadTable load;
  private final LayoutKeeper keeper;
  private final OwnPeer metadata;
  private final PeerDirectory peers;
  private final HealChannel channel;
  private final LocalDisks disks;

  ClusterStatus(Duties.Ground on, Duties duties) {
    this.view = on.views()::current;
    this.liveness = duties.liveness();
    this.load = new LoadTable(view, on.hints());
    this.keeper = duties.keeper();
    this.metadata = on.metadata();
    this.peers = on.peers();
    this.channel = on.channel();
    this.disks = on.disks();
  }

  /** All of it; asks each node that is up for its figures. */
  Uni<JsonObject> all() {
    ClusterView now = view.get();
    return figures(now)
        .map(
            answers ->
                new JsonObject()
                    .put("nodes", nodes(now, answers))
                    .put("partitions", partitions(now, answers))
                    .put("metadata", metadata(answers))
                    .put("heal", heal(answers))
                    .put("replicas", now.layout().replicas())
                    .put("format", now.format())
                    .put("layoutVersion", now.layout().version())
                    .put(
                        "balancePolicy",
                        now.settings()
                            .getOrDefault(ClusterCommands.POLICY, BalancePolicies.DEFAULT))
                    .put("obstacle", keeper.obstacle()));
  }

  /** Partitions with a copy that is not there or may lack something; asks each node that is up. */
  Uni<Integer> underReplicated() {
    ClusterView now = view.get();
    return figures(now).map(answers -> partitions(now, answers).getInteger("underReplicated"));
  }

  /** How many nodes are in a state, as {@code cluster status} names it. */
  long count(String state) {
    return view.get().all().stream().filter(node -> state(node).equals(state)).count();
  }

  private JsonArray nodes(ClusterView now, Map<String, SyncAnswer> answers) {
    JsonArray nodes = new JsonArray();
    now.all().stream()
        .sorted(Comparator.comparing(NodeRecord::getName))
        .forEach(node -> nodes.add(node(now, node, answers.get(node.getName()))));
    return nodes;
  }

  private JsonObject node(ClusterView now, NodeRecord node, @Nullable SyncAnswer answer) {
    JsonArray disks = new JsonArray();
    for (DiskRecord disk : node.getDisksList()) {
      JsonObject shown =
          new JsonObject()
              .put("id", disk.getId())
              .put("state", state(disk))
              .put("capacityBytes", disk.getCapacityBytes())
              .put("partitions", held(now.layout(), disk.getId()));
      load(disk.getId()).ifPresent(figures -> shown.put("freeBytes", figures.freeBytes()));
      disks.add(shown);
    }
    JsonObject metadata = answer == null ? null : space(answer);
    JsonObject shown =
        new JsonObject()
            .put("name", node.getName())
            .put("state", state(node))
            .put("zone", node.getZone())
            .put("silentSeconds", liveness.silentFor(node.getName()).toSeconds())
            .put("endpoint", node.getS3Endpoint())
            .put("software", node.getSoftware())
            .put("format", FormatRange.named(node.getFormat()))
            .put("internalAddress", node.getInternalAddress())
            .put("raftAddress", node.getRaftAddress())
            .put("disks", disks);
    String note = note(liveness.standing(node.getName()), node);
    if (note != null) {
      shown.put("note", note);
    }
    return metadata == null ? shown : shown.put("metadata", metadata);
  }

  /** What its state does not say: that what is known of a node does not fit together. */
  static @Nullable String note(ProbedLiveness.Standing standing, NodeRecord node) {
    return switch (standing) {
      case HEARD, SILENT -> null;
      case JOINED -> "joined, no report yet";
      case UNHEARD ->
          "answers, but its reports do not arrive: check that nodes reach each other's"
              + " --hazelcast-address and --bus-address";
      case UNANSWERING ->
          "its reports arrive, but it does not answer at "
              + node.getInternalAddress()
              + " (--internal-address): check that port; if the node is gone, something else sends"
              + " its reports";
    };
  }

  /** Of a node that takes part in the metadata: whether there is room for it. */
  static @Nullable JsonObject space(SyncAnswer answer) {
    return answer.hasMetadata()
        ? new JsonObject()
            .put("full", answer.getMetadata().getFull())
            .put("freeBytes", answer.getMetadata().getFreeBytes())
        : null;
  }

  /** This node hears no hints of itself. */
  private Optional<ChunkReplica.Load> load(String disk) {
    ChunkReplica own = disks.replica(disk);
    return own == null ? load.load(disk) : Optional.of(own.load());
  }

  private String state(NodeRecord node) {
    return switch (liveness.standing(node.getName())) {
      case SILENT, UNANSWERING -> "down";
      case HEARD, JOINED, UNHEARD -> running(node);
    };
  }

  private static String running(NodeRecord node) {
    return node.getState() == NodeRecord.State.NODE_DRAINING ? "draining" : "up";
  }

  /** One that is retired is out of the layout, or leaves it. */
  private String state(DiskRecord disk) {
    String now =
        switch (stateOf(disk.getId())) {
          case WRITABLE -> "writable";
          case READ_ONLY -> "read-only";
          case FAILED -> "failed";
        };
    return disk.getRetired() ? now + ", retired" : now;
  }

  /** This node hears no hints of itself. */
  private ChunkReplica.State stateOf(String disk) {
    ChunkReplica own = disks.replica(disk);
    return own == null ? load.state(disk) : own.state();
  }

  static int held(Layout layout, String disk) {
    int held = 0;
    for (int partition = 0; partition < layout.partitions().size(); partition++) {
      held += layout.holdersOf(partition).contains(disk) ? 1 : 0;
    }
    return held;
  }

  /**
   * Partitions of which a replica that is up may still lack something: as its node says, or because
   * its node says nothing.
   *
   * @param up the nodes that were asked
   * @param byNode what they answered; without those that did not
   */
  static Set<Integer> unproven(ClusterView now, Set<String> up, Map<String, SyncAnswer> byNode) {
    Set<Integer> partitions = new HashSet<>();
    byNode
        .values()
        .forEach(
            answer ->
                answer.getUnprovenList().forEach(item -> partitions.add(item.getPartition())));
    Layout layout = now.layout();
    for (int partition = 0; partition < layout.partitions().size(); partition++) {
      boolean isSilent =
          layout.replicasOf(partition).stream()
              .map(disk -> now.nodeOfDisk().getOrDefault(disk, ""))
              .anyMatch(node -> up.contains(node) && !byNode.containsKey(node));
      if (isSilent) {
        partitions.add(partition);
      }
    }
    return partitions;
  }

  private JsonObject partitions(ClusterView now, Map<String, SyncAnswer> answers) {
    Layout layout = now.layout();
    Set<Integer> unproven = unproven(now, up(now), answers);
    int under = 0;
    int moving = 0;
    for (int partition = 0; partition < layout.partitions().size(); partition++) {
      long whole = layout.replicasOf(partition).stream().filter(disk -> serves(now, disk)).count();
      under += whole < layout.replicas() || unproven.contains(partition) ? 1 : 0;
      moving += layout.isMoving(partition) ? 1 : 0;
    }
    MoveProgress progress = keeper.progress();
    return new JsonObject()
        .put("total", layout.partitions().size())
        .put("underReplicated", under)
        .put("moving", Math.max(moving, progress.partitions()))
        .put("movingNow", moving)
        .put("copiesWaiting", progress.disksWaiting());
  }

  private Set<String> up(ClusterView now) {
    return now.nodes().keySet().stream().filter(liveness::isUp).collect(Collectors.toSet());
  }

  private boolean serves(ClusterView now, String disk) {
    String node = now.nodeOfDisk().get(disk);
    return node != null && liveness.isUp(node) && stateOf(disk) != ChunkReplica.State.FAILED;
  }

  private JsonObject metadata(Map<String, SyncAnswer> answers) {
    Map<Integer, List<String>> voters = voters(answers.values());
    JsonArray shards = new JsonArray();
    String first = null;
    for (int shard = 0; shard < metadata.identity().shards(); shard++) {
      String leader = leader(shard);
      first = shard == 0 ? leader : first;
      JsonObject shown = new JsonObject().put("shard", shard).put("leader", leader);
      List<String> known = voters.get(shard);
      if (known != null) {
        shown.put("voters", new JsonArray(known.stream().map(peers::nodeName).toList()));
      }
      shards.add(shown);
    }
    return new JsonObject().put("leader", first).put("shards", shards);
  }

  /** Who votes in each shard, by peer ids, as its leader says. */
  static Map<Integer, List<String>> voters(Collection<SyncAnswer> answers) {
    Map<Integer, List<String>> voters = new HashMap<>();
    for (SyncAnswer answer : answers) {
      for (ShardVoters led : answer.getMetadata().getLedList()) {
        voters.put(led.getShard(), led.getPeerIdsList());
      }
    }
    return voters;
  }

  private @Nullable String leader(int shard) {
    String peer = metadata.leader(shard);
    return peer == null ? null : peers.nodeName(peer);
  }

  private Uni<Map<String, SyncAnswer>> figures(ClusterView now) {
    Set<String> up = up(now);
    Map<String, SyncAnswer> byNode = new ConcurrentHashMap<>();
    List<Uni<Void>> asked = new ArrayList<>();
    for (NodeRecord node : now.all()) {
      if (up.contains(node.getName())) {
        asked.add(
            channel
                .sync(node, SyncRequest.getDefaultInstance())
                .ifNoItem()
                .after(FIGURES_LIMIT)
                .fail()
                .invoke(answer -> byNode.put(node.getName(), answer))
                .replaceWithVoid()
                .onFailure()
                .recoverWithNull());
      }
    }
    return asked.isEmpty()
        ? Uni.createFrom().item(byNode)
        : Uni.join().all(asked).andFailFast().replaceWith(byNode);
  }

  private JsonObject heal(Map<String, SyncAnswer> byNode) {
    HealFigures.Builder sum = HealFigures.newBuilder();
    JsonArray nodes = new JsonArray();
    new TreeMap<>(byNode)
        .forEach(
            (name, answer) -> {
              HealFigures figures = answer.getFigures();
              sum.setChunksCopied(sum.getChunksCopied() + figures.getChunksCopied())
                  .setBytesCopied(sum.getBytesCopied() + figures.getBytesCopied())
                  .setFailures(sum.getFailures() + figures.getFailures())
                  .setWaiting(sum.getWaiting() + figures.getWaiting())
                  .setRunning(sum.getRunning() + figures.getRunning())
                  .setEvicted(sum.getEvicted() + figures.getEvicted())
                  .setBytesPerSecondMax(
                      sum.getBytesPerSecondMax() + figures.getBytesPerSecondMax());
              nodes.add(new JsonObject().put("node", name).mergeIn(HealShown.of(figures)));
            });
    return HealShown.of(sum.build()).put("nodes", nodes);
  }
}

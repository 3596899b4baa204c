package io.sluice.app.cluster;

import io.sluice.cluster.view.ClusterView;
import io.sluice.gateway.placement.RepairBacklog;
import io.sluice.storage.proto.NodeRecord;
import io.sluice.storage.proto.SyncItem;
import io.sluice.storage.proto.SyncRequest;
import io.vertx.core.Vertx;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes copies that the gateway found missing to the nodes that lack them, a few at a time: those
 * compare the partitions and fetch what is missing at their own pace. What is lost on the way is
 * found by the regular comparison. On one event loop.
 */
final class BacklogDrain {
  private static final Logger LOG = LoggerFactory.getLogger(BacklogDrain.class);
  private static final long INTERVAL_MS = 2_000;
  private static final int COPIES_MAX = 2_000;

  private final RepairBacklog backlog;
  private final Supplier<ClusterView> view;
  private final Predicate<String> isUp;
  private final HealChannel channel;

  BacklogDrain(
      RepairBacklog backlog,
      Supplier<ClusterView> view,
      Predicate<String> isUp,
      HealChannel channel) {
    this.backlog = backlog;
    this.view = view;
    this.isUp = isUp;
    this.channel = channel;
  }

  /** Ends with the Vert.x. */
  void start(Vertx vertx) {
    vertx.setPeriodic(INTERVAL_MS, timer -> drain());
  }

  private record Place(String disk, int partition) {}

  private void drain() {
    ClusterView now = view.get();
    Map<NodeRecord, Set<Place>> byNode = new HashMap<>();
    for (RepairBacklog.Copy copy : backlog.drain(COPIES_MAX)) {
      Optional<NodeRecord> node = now.nodeWithDisk(copy.replicaId());
      // Who is away compares everything when it comes back.
      if (node.isPresent() && isUp.test(node.get().getName())) {
        byNode
            .computeIfAbsent(node.get(), absent -> new HashSet<>())
            .add(new Place(copy.replicaId(), copy.chunk().partition()));
      }
    }
    byNode.forEach(this::ask);
  }

  private void ask(NodeRecord node, Set<Place> places) {
    SyncRequest.Builder request = SyncRequest.newBuilder();
    places.forEach(
        place ->
            request.addItems(
                SyncItem.newBuilder().setDisk(place.disk()).setPartition(place.partition())));
    channel
        .repair(node, request.build())
        .subscribe()
        .with(
            answer -> {},
            failure -> LOG.debug("node {} could not be asked to repair", node.getName(), failure));
  }
}

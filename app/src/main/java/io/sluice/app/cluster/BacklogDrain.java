package io.sluice.app.cluster;

import io.sluice.cluster.view.ClusterView;
import io.sluice.gateway.placement.RepairBacklog;
import io.sluice.storage.chunk.ChunkId;
import io.sluice.storage.proto.NodeRecord;
import io.sluice.storage.proto.SyncItem;
import io.sluice.storage.proto.SyncRequest;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells nodes which copies the gateway found missing on them, a few at a time: those fetch the
 * chunks at their own pace, or compare the partition where many are missing. What is lost on the
 * way is found by the regular comparison. On one event loop.
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

  /** Of a partition of a disk. Where more are missing, a comparison is cheaper. */
  private static final int CHUNKS_MAX = 100;

  private record Place(String disk, int partition) {}

  private void drain() {
    ClusterView now = view.get();
    Map<NodeRecord, Map<Place, List<ChunkId>>> byNode = new HashMap<>();
    for (RepairBacklog.Copy copy : backlog.drain(COPIES_MAX)) {
      Optional<NodeRecord> node = now.nodeWithDisk(copy.replicaId());
      // Who is away compares everything when it comes back.
      if (node.isPresent() && isUp.test(node.get().getName())) {
        byNode
            .computeIfAbsent(node.get(), absent -> new HashMap<>())
            .computeIfAbsent(
                new Place(copy.replicaId(), copy.chunk().partition()), absent -> new ArrayList<>())
            .add(copy.chunk());
      }
    }
    byNode.forEach((node, missing) -> ask(node, request(missing)));
  }

  private static SyncRequest request(Map<Place, List<ChunkId>> missing) {
    SyncRequest.Builder request = SyncRequest.newBuilder();
    missing.forEach(
        (place, chunks) -> {
          SyncItem.Builder item =
              SyncItem.newBuilder().setDisk(place.disk()).setPartition(place.partition());
          if (chunks.size() <= CHUNKS_MAX) {
            chunks.forEach(chunk -> item.addChunkIds(chunk.toByteString()));
          }
          request.addItems(item);
        });
    return request.build();
  }

  private void ask(NodeRecord node, SyncRequest request) {
    channel
        .repair(node, request)
        .subscribe()
        .with(
            answer -> {},
            failure -> LOG.debug("node {} could not be asked to repair", node.getName(), failure));
  }
}

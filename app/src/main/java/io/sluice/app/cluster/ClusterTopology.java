package io.sluice.app.cluster;

import io.sluice.cluster.view.ClusterView;
import io.sluice.cluster.view.ClusterViews;
import io.sluice.gateway.placement.Topology;
import io.sluice.storage.Layout;
import io.sluice.storage.chunk.ChunkReplica;
import io.sluice.storage.proto.NodeRecord;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** What placement knows of the cluster, from the newest view. */
final class ClusterTopology implements Topology {
  /** A newer layout is known within that, or there is none. */
  private static final Duration NEWS_LIMIT = Duration.ofMillis(300);

  /** What a weight of 1 stands for, in bytes. */
  private static final double WEIGHT_BYTES = 1L << 40;

  private final ClusterViews views;
  private final Function<String, @Nullable ChunkReplica> replicas;
  private final Set<String> local;

  ClusterTopology(
      ClusterViews views, Function<String, @Nullable ChunkReplica> replicas, Set<String> local) {
    this.views = views;
    this.replicas = replicas;
    this.local = Set.copyOf(local);
  }

  @Override
  public Layout layout() {
    return views.current().layout();
  }

  @Override
  public Future<Layout> lookAgain() {
    ClusterView now = views.current();
    return Future.fromCompletionStage(
        views
            .await(now.revision() + 1, NEWS_LIMIT)
            .onFailure()
            .recoverWithItem(views::current)
            .map(ClusterView::layout)
            .subscribeAsCompletionStage());
  }

  @Override
  public @Nullable ChunkReplica replica(String replicaId) {
    return replicas.apply(replicaId);
  }

  @Override
  public double weight(String replicaId) {
    return views
        .current()
        .nodeWithDisk(replicaId)
        .filter(node -> node.getWeight() > 0)
        .map(ClusterTopology::weightOfEachDisk)
        .orElse(0.0);
  }

  private static double weightOfEachDisk(NodeRecord node) {
    return node.getWeight() * WEIGHT_BYTES / Math.max(1, node.getDisksCount());
  }

  @Override
  public boolean isLocal(String replicaId) {
    return local.contains(replicaId);
  }
}

package io.sluice.load.fault;

import io.sluice.load.cluster.ClusterProcess;
import io.sluice.load.cluster.NodeProcess;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.Random;

/** Whom a fault meets. */
final class Victims {

  private Victims() {}

  /** Any node. */
  static NodeProcess any(ClusterProcess cluster, Random random) {
    List<NodeProcess> nodes = cluster.nodes();
    return nodes.get(random.nextInt(nodes.size()));
  }

  /**
   * A node that leads a shard of the metadata, as the cluster itself says.
   *
   * @throws IOException when it names none that is known here
   */
  static NodeProcess leader(ClusterProcess cluster, Random random) throws IOException {
    if (cluster.nodes().size() == 1) {
      return cluster.node(1);
    }
    List<String> leaders = cluster.status().leaders();
    if (leaders.isEmpty()) {
      throw new IOException("no shard of the metadata has a leader");
    }
    String leader = leaders.get(random.nextInt(leaders.size()));
    return cluster.nodes().stream()
        .filter(node -> leader.equals(node.name()))
        .findFirst()
        .orElseThrow(() -> new IOException("a node that is not known here leads: " + leader));
  }

  /** Empty when there is another node; otherwise why a fault of one of several is impossible. */
  static Optional<String> needsSeveral(ClusterProcess cluster) {
    return cluster.nodes().size() > 1 ? Optional.empty() : Optional.of("there is one node only");
  }

  /** Empty when the network between the nodes can be made to fail. */
  static Optional<String> needsNetwork(ClusterProcess cluster) {
    Optional<String> alone = needsSeveral(cluster);
    if (alone.isPresent() || cluster.network().canFail()) {
      return alone;
    }
    return Optional.of("the nodes are " + cluster.network().describe());
  }
}

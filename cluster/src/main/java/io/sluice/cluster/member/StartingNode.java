package io.sluice.cluster.member;

import io.sluice.storage.proto.NodeIdentity;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * A node that starts, and what it was told.
 *
 * @param identity its cluster id is empty when its metadata directory is
 * @param diskClusters the clusters that its data directories belong to; none of new ones
 * @param metadataPeers names, in the order of {@code --metadata-peers}; empty when it was not
 *     given: such a node only joins
 * @param disksNeeded how many storage verticles there must be before a cluster is created: the
 *     number of replicas (INVARIANTS 15)
 */
public record StartingNode(
    NodeIdentity identity, Set<String> diskClusters, List<String> metadataPeers, int disksNeeded) {
  public StartingNode {
    diskClusters = Set.copyOf(new TreeSet<>(diskClusters));
    metadataPeers = List.copyOf(metadataPeers);
    if (Set.copyOf(metadataPeers).size() < metadataPeers.size()) {
      throw new IllegalArgumentException("--metadata-peers names a node twice");
    }
  }

  String name() {
    return identity.getName();
  }

  /** Copies of each chunk that it was told; 0 when it was not. */
  int replicas() {
    return identity.getReplicas();
  }

  /** Who creates the cluster; empty when this node was not told. */
  String creator() {
    return metadataPeers.isEmpty() ? "" : metadataPeers.get(0);
  }
}

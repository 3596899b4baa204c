package io.sluice.storage;

import java.util.List;

/**
 * Which replicas hold which partition: a versioned, immutable map, the same on every node that
 * knows the version.
 *
 * @param version grows by one with each change
 * @param replicas copies of each chunk, at least 1
 * @param partitions for each partition the ids of its replicas, best first; each has {@code
 *     replicas} of them
 */
public record Layout(long version, int replicas, List<List<String>> partitions) {
  /** Partitions of a pool; fixed when the cluster is created. */
  public static final int PARTITIONS = 256;

  public Layout {
    partitions = partitions.stream().map(List::copyOf).toList();
  }

  /** Ids of the replicas of a partition, best first. */
  public List<String> replicasOf(int partition) {
    return partitions.get(partition);
  }

  /** How many replicas must have a chunk before it counts as written: a majority. */
  public int writeQuorum() {
    return replicas / 2 + 1;
  }
}

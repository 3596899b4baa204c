package io.sluice.gateway.placement;

import io.sluice.storage.Layout;
import io.sluice.storage.chunk.ChunkReplica;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/** The partitions that a new chunk may go to, as their replicas are now. For one choice. */
final class PartitionCandidates implements BalancePolicy.Candidates {
  /** What is asked of a partition; the first that any partition meets decides. */
  enum Standard {
    /** All its replicas take writes, and none stands out: the chunk has all its copies at once. */
    WHOLE,
    /** A write quorum takes writes and does not stand out. */
    QUORUM_WELL,
    /** A write quorum takes writes. */
    QUORUM
  }

  /**
   * The partition for a new chunk.
   *
   * @return -1 when none has a write quorum
   */
  static int choose(
      Layout layout,
      Topology topology,
      ReplicaScoreboard scores,
      PartitionWeights weights,
      BalancePolicy policy,
      long routingKey) {
    if (layout.partitions().isEmpty()) {
      return -1;
    }
    for (Standard standard : Standard.values()) {
      PartitionCandidates candidates =
          new PartitionCandidates(layout, topology, scores, weights, standard);
      int partition = policy.choose(candidates, routingKey);
      if (partition >= 0) {
        return partition;
      }
    }
    return -1;
  }

  private record Seen(boolean writable, boolean well, long cost, int requests) {
    static final Seen GONE = new Seen(false, false, 0, 0);
  }

  private final Layout layout;
  private final Topology topology;
  private final ReplicaScoreboard scores;
  private final PartitionWeights weights;
  private final Standard standard;
  // Each replica is looked at once: it is in many partitions, and must not differ between them.
  private final Map<String, Seen> seen = new HashMap<>();
  private double @Nullable [] weightOf;

  PartitionCandidates(
      Layout layout,
      Topology topology,
      ReplicaScoreboard scores,
      PartitionWeights weights,
      Standard standard) {
    this.layout = layout;
    this.topology = topology;
    this.scores = scores;
    this.weights = weights;
    this.standard = standard;
  }

  @Override
  public int count() {
    return layout.partitions().size();
  }

  @Override
  public boolean isEligible(int partition) {
    return takes(layout.replicasOf(partition)) && takes(layout.targetOf(partition));
  }

  private boolean takes(List<String> set) {
    int taking = 0;
    for (String id : set) {
      Seen replica = look(id);
      taking += replica.writable() && (replica.well() || standard == Standard.QUORUM) ? 1 : 0;
    }
    int needed = standard == Standard.WHOLE ? set.size() : Layout.quorumOf(set.size());
    return set.isEmpty() || taking >= needed;
  }

  /** A write waits for a quorum, so the busiest of its replicas counts. */
  @Override
  public long load(int partition) {
    return Math.max(
        busiest(layout.replicasOf(partition), Seen::cost),
        busiest(layout.targetOf(partition), Seen::cost));
  }

  @Override
  public int requestsInFlight(int partition) {
    return (int)
        Math.max(
            busiest(layout.replicasOf(partition), Seen::requests),
            busiest(layout.targetOf(partition), Seen::requests));
  }

  private long busiest(List<String> set, ToLongFunction<Seen> figure) {
    long busiest = 0;
    for (String id : set) {
      busiest = Math.max(busiest, figure.applyAsLong(look(id)));
    }
    return busiest;
  }

  @Override
  public double weight(int partition) {
    double[] all = weightOf;
    if (all == null) {
      all = weights.of(layout);
      weightOf = all;
    }
    return all[partition];
  }

  @Override
  public long key(int partition) {
    return partition;
  }

  private Seen look(String id) {
    Seen known = seen.get(id);
    if (known == null) {
      known = lookAt(topology.replica(id));
      seen.put(id, known);
    }
    return known;
  }

  private Seen lookAt(@Nullable ChunkReplica replica) {
    if (replica == null) {
      return Seen.GONE;
    }
    ChunkReplica.Load load = replica.load();
    return new Seen(
        replica.state() == ChunkReplica.State.WRITABLE,
        !scores.isOutlier(replica.id()),
        ReplicaCost.of(load),
        load.requestsInFlight());
  }
}

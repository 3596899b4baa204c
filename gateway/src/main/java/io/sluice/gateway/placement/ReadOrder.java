package io.sluice.gateway.placement;

import io.sluice.storage.chunk.ChunkReplica;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Whom a read asks, first to last: this node's own disk unless that is overloaded, else the one
 * that the balance policy chooses; then the others, least busy first; outliers after all that are
 * well.
 */
final class ReadOrder {
  /** With so much to do, and twice as much as another, a local disk is no longer the nearest. */
  private static final long OVERLOADED_COST = 32 << 20;

  private final Topology topology;
  private final ReplicaScoreboard scores;

  ReadOrder(Topology topology, ReplicaScoreboard scores) {
    this.topology = topology;
    this.scores = scores;
  }

  // Loads change while we look: each is read once, or the order would contradict itself.
  private record Seen(ChunkReplica replica, boolean well, long cost, int requests) {}

  /** Those of some replicas that answer; none that is behind an open breaker. */
  List<ChunkReplica> of(List<String> replicaIds, BalancePolicy policy, long routingKey) {
    List<Seen> left = new ArrayList<>(replicaIds.size());
    for (String id : replicaIds) {
      ChunkReplica replica = topology.replica(id);
      if (replica != null && replica.state() != ChunkReplica.State.FAILED) {
        ChunkReplica.Load load = replica.load();
        left.add(
            new Seen(
                replica, !scores.isOutlier(id), ReplicaCost.of(load), load.requestsInFlight()));
      }
    }
    List<ChunkReplica> order = new ArrayList<>(left.size());
    if (left.size() > 1) {
      order.add(left.remove(first(left, policy, routingKey)).replica());
      left.sort(Comparator.comparing((Seen seen) -> !seen.well()).thenComparingLong(Seen::cost));
    }
    left.forEach(seen -> order.add(seen.replica()));
    return order;
  }

  private int first(List<Seen> among, BalancePolicy policy, long routingKey) {
    long idlest = among.stream().mapToLong(Seen::cost).min().orElse(0);
    for (int i = 0; i < among.size(); i++) {
      Seen seen = among.get(i);
      boolean overloaded = seen.cost() > OVERLOADED_COST && seen.cost() > 2 * idlest;
      if (topology.isLocal(seen.replica().id()) && seen.well() && !overloaded) {
        return i;
      }
    }
    boolean anyWell = among.stream().anyMatch(Seen::well);
    return Math.max(0, policy.choose(new Replicas(among, anyWell), routingKey));
  }

  private final class Replicas implements BalancePolicy.Candidates {
    private final List<Seen> among;
    private final boolean onlyWell;

    Replicas(List<Seen> among, boolean onlyWell) {
      this.among = among;
      this.onlyWell = onlyWell;
    }

    @Override
    public int count() {
      return among.size();
    }

    @Override
    public boolean isEligible(int index) {
      return among.get(index).well() || !onlyWell;
    }

    @Override
    public long load(int index) {
      return among.get(index).cost();
    }

    @Override
    public int requestsInFlight(int index) {
      return among.get(index).requests();
    }

    @Override
    public double weight(int index) {
      return PartitionWeights.ofReplica(topology, among.get(index).replica().id());
    }

    @Override
    public long key(int index) {
      return among.get(index).replica().id().hashCode();
    }
  }
}

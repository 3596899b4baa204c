package io.sluice.gateway.placement;

import io.sluice.storage.Layout;
import io.sluice.storage.chunk.ChunkReplica;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What a new chunk's partition should weigh so that disks fill in proportion to their weights. A
 * disk's weight is divided among the partitions that it holds: what the layout has given it
 * already, by giving it more partitions, must not be given twice. For all threads.
 */
final class PartitionWeights {
  private static final double TIB = 1L << 40;
  private static final Duration KEPT = Duration.ofSeconds(10);

  private final Topology topology;
  private final InstantSource clock;
  private volatile Known known = new Known(-1, Long.MIN_VALUE, new double[0]);

  private static final class Known {
    final long layoutVersion;
    final long madeMs;
    final double[] weights;

    Known(long layoutVersion, long madeMs, double[] weights) {
      this.layoutVersion = layoutVersion;
      this.madeMs = madeMs;
      this.weights = weights;
    }
  }

  PartitionWeights(Topology topology, InstantSource clock) {
    this.topology = topology;
    this.clock = clock;
  }

  /** For each partition its weight, greater than 0. */
  double[] of(Layout layout) {
    Known now = known;
    long ms = clock.millis();
    if (now.layoutVersion != layout.version() || ms - now.madeMs > KEPT.toMillis()) {
      now = new Known(layout.version(), ms, compute(layout));
      known = now;
    }
    return now.weights;
  }

  /** A disk's, as an operator gave it or by its capacity; in TiB. */
  static double ofReplica(Topology topology, String replicaId) {
    double given = topology.weight(replicaId);
    if (given > 0) {
      return given;
    }
    ChunkReplica replica = topology.replica(replicaId);
    long capacity = replica == null ? 0 : replica.load().capacityBytes();
    return capacity > 0 ? capacity / TIB : 1;
  }

  private double[] compute(Layout layout) {
    Map<String, Integer> held = new HashMap<>();
    layout.partitions().forEach(set -> set.forEach(id -> held.merge(id, 1, Integer::sum)));
    Map<String, Double> each = new HashMap<>();
    held.forEach((id, count) -> each.put(id, ofReplica(topology, id) / count));
    double[] weights = new double[layout.partitions().size()];
    for (int p = 0; p < weights.length; p++) {
      List<String> set = layout.replicasOf(p);
      double sum = 0;
      for (String id : set) {
        sum += each.getOrDefault(id, 1.0);
      }
      weights[p] = sum / Math.max(1, set.size());
    }
    return weights;
  }
}

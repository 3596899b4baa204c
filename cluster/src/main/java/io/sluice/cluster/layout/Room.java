package io.sluice.cluster.layout;

import io.sluice.storage.Layout;
import io.sluice.storage.chunk.ChunkReplica;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Whether what a full disk holds fits on the disks it would move to. If all are full, moving about
 * what they have helps nobody: copies would fail for want of space, and stop writes to disks that
 * still had some.
 *
 * <p>Goes by what disks say of themselves, some of it hints: a forged one can only keep a disk
 * where it is, or have a copy tried that fails.
 */
final class Room {
  /** Stays free at least on a disk that takes over. */
  private static final double SHARE_KEPT = 0.05;

  private final Function<String, @Nullable ChunkReplica> replicas;

  Room(Function<String, @Nullable ChunkReplica> replicas) {
    this.replicas = replicas;
  }

  /**
   * The first disk that would be overfilled; null when there is room for all.
   *
   * @param planned with targets where partitions move
   * @param leaving disks that take no writes; those that can't be read are no source, and not
   *     looked at
   */
  @Nullable String lacking(Layout planned, Set<String> leaving) {
    Map<String, Double> bytesOfEach = new HashMap<>();
    leaving.forEach(disk -> bytesOfEach.put(disk, bytesOfEach(planned, disk)));
    Map<String, Double> coming = new HashMap<>();
    for (int partition = 0; partition < planned.partitions().size(); partition++) {
      double bytes =
          planned.replicasOf(partition).stream()
              .mapToDouble(disk -> bytesOfEach.getOrDefault(disk, 0.0))
              .max()
              .orElse(0);
      for (String disk : planned.targetOf(partition)) {
        if (!planned.replicasOf(partition).contains(disk)) {
          coming.merge(disk, bytes, Double::sum);
        }
      }
    }
    return coming.entrySet().stream()
        .filter(one -> one.getValue() > free(one.getKey()))
        .map(Map.Entry::getKey)
        .sorted()
        .findFirst()
        .orElse(null);
  }

  /** What a partition has on a disk, on average. */
  private double bytesOfEach(Layout layout, String disk) {
    ChunkReplica replica = replicas.apply(disk);
    if (replica == null || replica.state() != ChunkReplica.State.READ_ONLY) {
      return 0;
    }
    long held = layout.partitions().stream().filter(set -> set.contains(disk)).count();
    ChunkReplica.Load load = replica.load();
    return held == 0 ? 0 : (double) (load.capacityBytes() - load.freeBytes()) / held;
  }

  private double free(String disk) {
    ChunkReplica replica = replicas.apply(disk);
    if (replica == null) {
      return Double.MAX_VALUE; // not known; whoever is away can't be filled either
    }
    ChunkReplica.Load load = replica.load();
    return load.freeBytes() - SHARE_KEPT * load.capacityBytes();
  }
}

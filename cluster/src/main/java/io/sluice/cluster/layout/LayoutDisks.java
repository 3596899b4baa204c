package io.sluice.cluster.layout;

import io.sluice.cluster.layout.RendezvousLayout.Disk;
import io.sluice.storage.proto.DiskRecord;
import io.sluice.storage.proto.NodeRecord;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.Predicate;

/** The disks that may hold data, with their weights, from what nodes registered. */
public final class LayoutDisks {
  /** A node's given weight of 1 stands for as much. */
  private static final double WEIGHT_BYTES = 1L << 40;

  /** A disk that does not tell its capacity counts as little, not as nothing. */
  private static final long CAPACITY_BYTES_MIN = 1L << 30;

  private LayoutDisks() {}

  /**
   * Leaves out nodes that drain, were removed or are given up, and disks that are retired. A disk
   * weighs its capacity in TiB; the disks of a node with a weight of its own share that weight by
   * their capacities.
   *
   * @param isGivenUp by node name: silent for longer than {@code down-out}, for example
   */
  public static List<Disk> usable(Collection<NodeRecord> nodes, Predicate<String> isGivenUp) {
    List<Disk> usable = new ArrayList<>();
    for (NodeRecord node : nodes) {
      if (node.getState() != NodeRecord.State.NODE_ACTIVE || isGivenUp.test(node.getName())) {
        continue;
      }
      List<DiskRecord> disks =
          node.getDisksList().stream().filter(disk -> !disk.getRetired()).toList();
      double capacity = disks.stream().mapToDouble(LayoutDisks::capacity).sum();
      double unit = node.getWeight() > 0 ? capacity / node.getWeight() : WEIGHT_BYTES;
      for (DiskRecord disk : disks) {
        usable.add(new Disk(disk.getId(), capacity(disk) / unit, node.getName(), node.getZone()));
      }
    }
    return usable;
  }

  private static double capacity(DiskRecord disk) {
    return Math.max(CAPACITY_BYTES_MIN, disk.getCapacityBytes());
  }
}

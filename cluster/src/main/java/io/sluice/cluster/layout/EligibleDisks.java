package io.sluice.cluster.layout;

import io.sluice.cluster.view.ClusterView;
import io.sluice.storage.Layout;
import io.sluice.storage.proto.DiskRecord;
import io.sluice.storage.proto.NodeRecord;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Which disks may hold partitions: not those that drain, are retired, or are silent for too long.
 */
final class EligibleDisks {
  private final Liveness liveness;
  private final Duration downOut;

  EligibleDisks(Liveness liveness, Duration downOut) {
    this.liveness = liveness;
    this.downOut = downOut;
  }

  /** All of them. */
  List<RendezvousLayout.Disk> of(ClusterView view) {
    List<RendezvousLayout.Disk> disks = new ArrayList<>();
    for (NodeRecord node : view.all()) {
      boolean usable =
          node.getState() == NodeRecord.State.NODE_ACTIVE
              && liveness.silentFor(node.getName()).compareTo(downOut) < 0;
      if (usable) {
        for (DiskRecord disk : node.getDisksList()) {
          if (!disk.getRetired()) {
            disks.add(
                new RendezvousLayout.Disk(
                    disk.getId(), weight(node, disk), node.getName(), node.getZone()));
          }
        }
      }
    }
    return disks;
  }

  /** Of these, the ones that hold partitions already. */
  List<RendezvousLayout.Disk> usedBy(ClusterView view) {
    Set<String> used = used(view.layout());
    return of(view).stream().filter(disk -> used.contains(disk.id())).toList();
  }

  /** Whether the layout names a disk that it should not. */
  boolean isNeeded(ClusterView view) {
    Set<String> usable = new HashSet<>();
    of(view).forEach(disk -> usable.add(disk.id()));
    Layout layout = view.layout();
    for (int partition = 0; partition < layout.partitions().size(); partition++) {
      List<String> last =
          layout.isMoving(partition) ? layout.targetOf(partition) : layout.replicasOf(partition);
      if (!usable.containsAll(last)) {
        return true;
      }
    }
    return false;
  }

  private static Set<String> used(Layout layout) {
    Set<String> used = new HashSet<>();
    for (int partition = 0; partition < layout.partitions().size(); partition++) {
      used.addAll(layout.holdersOf(partition));
    }
    return used;
  }

  private static double weight(NodeRecord node, DiskRecord disk) {
    // A disk whose capacity is not known counts like any other.
    double capacity = Math.max(1, disk.getCapacityBytes());
    if (node.getWeight() <= 0) {
      return capacity;
    }
    return node.getWeight() / node.getDisksCount();
  }
}

package io.sluice.cluster.layout;

import io.sluice.cluster.view.ClusterView;
import io.sluice.storage.Layout;
import java.time.Duration;
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
    return LayoutDisks.usable(view.all(), node -> liveness.silentFor(node).compareTo(downOut) >= 0);
  }

  /** Of these, the ones that hold partitions of a layout already. */
  List<RendezvousLayout.Disk> usedBy(ClusterView view, Layout layout) {
    Set<String> used = used(layout);
    return of(view).stream().filter(disk -> used.contains(disk.id())).toList();
  }

  /** Whether a layout names a disk that it should not. */
  boolean isNeeded(ClusterView view, Layout layout) {
    Set<String> usable = new HashSet<>();
    of(view).forEach(disk -> usable.add(disk.id()));
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
}

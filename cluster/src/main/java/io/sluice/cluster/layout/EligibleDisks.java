package io.sluice.cluster.layout;

import io.sluice.cluster.view.ClusterView;
import io.sluice.storage.Layout;
import io.sluice.storage.proto.DiskRecord;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;

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

  /** Of these, the ones that hold partitions already, or are to get some without being told. */
  List<RendezvousLayout.Disk> usedBy(ClusterView view, Layout layout) {
    Set<String> used = layout.disks();
    used.addAll(marked(view, DiskRecord::getRefill));
    return of(view).stream().filter(disk -> used.contains(disk.id())).toList();
  }

  /** Of a layout's, those that take no writes for good, as their nodes said, or nobody has. */
  static Set<String> out(ClusterView view, Layout layout) {
    Set<String> out = layout.disks();
    out.removeAll(view.nodeOfDisk().keySet());
    out.addAll(marked(view, DiskRecord::getRetired));
    return out;
  }

  private static Set<String> marked(ClusterView view, Predicate<DiskRecord> mark) {
    return view.all().stream()
        .flatMap(node -> node.getDisksList().stream())
        .filter(mark)
        .map(DiskRecord::getId)
        .collect(Collectors.toCollection(HashSet::new));
  }

  /**
   * Whether the layout names a disk that it should not, has fewer copies of something than it
   * should, or leaves out a disk that is to be filled.
   */
  boolean isNeeded(ClusterView view, Layout layout) {
    Set<String> usable = new HashSet<>();
    of(view).forEach(disk -> usable.add(disk.id()));
    for (int partition = 0; partition < layout.partitions().size(); partition++) {
      List<String> last = lastOf(layout, partition);
      if (!usable.containsAll(last) || last.size() < layout.replicas()) {
        return true;
      }
    }
    Set<String> empty = marked(view, DiskRecord::getRefill);
    empty.retainAll(usable);
    empty.removeAll(layout.disks());
    return !empty.isEmpty();
  }

  /** The disks a partition will be on when what is under way has ended. */
  static List<String> lastOf(Layout layout, int partition) {
    return layout.isMoving(partition) ? layout.targetOf(partition) : layout.replicasOf(partition);
  }
}

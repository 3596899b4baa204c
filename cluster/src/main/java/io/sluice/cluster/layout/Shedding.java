package io.sluice.cluster.layout;

import io.sluice.storage.Layout;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * The step that gives a partition back to writers when disks of it are lost or take no writes.
 *
 * <p>Of two copies a write needs both, so that one full disk would stop writes to all it is in.
 * Where the others have everything that was ever acknowledged, they become the whole set: nothing
 * is copied, so that takes a moment. Copies that are missing then are made as for any partition
 * that has too few.
 */
final class Shedding {
  private Shedding() {}

  /**
   * Has such partitions move to what is left of them, whatever else was planned for them.
   *
   * @param out disks that take no writes, or that nobody has
   */
  static Layout of(Layout planned, Set<String> out) {
    List<List<String>> targets = new ArrayList<>(planned.targets());
    for (int partition = 0; partition < targets.size(); partition++) {
      List<String> all = planned.replicasOf(partition);
      List<String> left = all.stream().filter(disk -> !out.contains(disk)).toList();
      if (isStopped(all.size(), left.size()) && hasAll(all.size(), left.size())) {
        targets.set(partition, left);
      }
    }
    return new Layout(
        planned.version(), planned.replicas(), planned.partitions(), targets, planned.spreading());
  }

  private static boolean isStopped(int all, int left) {
    return left < Layout.quorumOf(all);
  }

  /** So many share a member with every majority (INVARIANTS 4). */
  private static boolean hasAll(int all, int left) {
    return left > all - Layout.quorumOf(all);
  }
}

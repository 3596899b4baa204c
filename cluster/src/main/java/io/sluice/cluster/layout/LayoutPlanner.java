package io.sluice.cluster.layout;

import io.sluice.storage.Layout;
import java.util.List;

/** Computes where partitions should be. Pure. */
public interface LayoutPlanner {
  /**
   * The next layout: of version + 1, with targets for the partitions that are to move.
   *
   * @param disks all that may hold partitions
   * @throws IllegalArgumentException with one line for the operator when that can't be met
   */
  Layout plan(Layout current, int replicas, List<RendezvousLayout.Disk> disks);
}

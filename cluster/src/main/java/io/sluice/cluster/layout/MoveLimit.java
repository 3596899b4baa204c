package io.sluice.cluster.layout;

import io.sluice.storage.Layout;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * Lets only so many partitions move at the same time: while one moves, each of its writes goes to
 * two sets of replicas. Those that have lost most copies come first.
 */
final class MoveLimit {
  private final int movesMax;

  MoveLimit(int movesMax) {
    this.movesMax = movesMax;
  }

  /**
   * What of a plan is done now.
   *
   * @param layout with those partitions moving that may; of the next version
   * @param partitionsToCome that move later
   * @param copiesToCome replicas that will have to be copied for these
   */
  record Step(Layout layout, int partitionsToCome, int copiesToCome) {}

  /**
   * Cuts a plan down.
   *
   * @param current what moves already goes on, if the plan still has it
   * @param usable ids of the disks whose copies count
   */
  Step of(Layout current, Layout planned, Set<String> usable) {
    List<List<String>> targets = new ArrayList<>();
    List<Integer> more = new ArrayList<>();
    int moving = 0;
    for (int partition = 0; partition < planned.partitions().size(); partition++) {
      boolean begun = planned.isMoving(partition) && current.isMoving(partition);
      targets.add(begun ? planned.targetOf(partition) : List.of());
      moving += begun ? 1 : 0;
      if (planned.isMoving(partition) && !begun) {
        more.add(partition);
      }
    }
    more.sort(Comparator.comparingLong(partition -> copies(current, partition, usable)));
    int now = Math.min(more.size(), Math.max(0, movesMax - moving));
    more.subList(0, now).forEach(partition -> targets.set(partition, planned.targetOf(partition)));
    List<Integer> later = more.subList(now, more.size());
    Layout step =
        new Layout(current.version() + 1, planned.replicas(), planned.partitions(), targets);
    int copies = later.stream().mapToInt(partition -> missing(planned, partition)).sum();
    return new Step(step, later.size(), copies);
  }

  private static long copies(Layout layout, int partition, Set<String> usable) {
    return layout.replicasOf(partition).stream().filter(usable::contains).count();
  }

  private static int missing(Layout planned, int partition) {
    List<String> has = planned.replicasOf(partition);
    return (int) planned.targetOf(partition).stream().filter(disk -> !has.contains(disk)).count();
  }

  /** Whether anything moves in a layout. */
  static boolean isMoving(Layout layout) {
    return IntStream.range(0, layout.partitions().size()).anyMatch(layout::isMoving);
  }
}

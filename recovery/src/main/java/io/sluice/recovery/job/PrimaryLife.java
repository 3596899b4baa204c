package io.sluice.recovery.job;

import io.sluice.storage.Positions;
import io.sluice.storage.proto.ShardPosition;
import java.util.List;

/**
 * Since when a cluster is the primary. What it backed up before that is of an earlier life: another
 * was the primary since, so it is no state to follow, and none to take over with.
 *
 * @param since where its logs were when it took over; empty: it never took over from another
 * @param takeover for people: who took over, and when; such as "cluster 1f… took over (epoch 3)"
 */
public record PrimaryLife(List<ShardPosition> since, String takeover) {
  /** Of a cluster that never took over from another. */
  public static final PrimaryLife ONLY = new PrimaryLife(List.of(), "");

  public PrimaryLife {
    since = List.copyOf(since);
  }

  /**
   * Of a cluster that took over.
   *
   * @param epoch that it claimed
   * @param takenOverAt where its logs were then
   */
  public static PrimaryLife of(String cluster, long epoch, List<ShardPosition> takenOverAt) {
    return new PrimaryLife(
        takenOverAt, "cluster %s took over (epoch %d)".formatted(cluster, epoch));
  }

  /** Whether a state of that cluster, by its positions, is of this life. */
  public boolean holds(List<ShardPosition> state) {
    return Positions.holds(state, since);
  }

  /** That nothing of this life is there. */
  public NoBackupSinceException nothingYet() {
    return new NoBackupSinceException(
        "there is no backup since %s: run a backup there".formatted(takeover));
  }
}

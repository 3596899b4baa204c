package io.sluice.recovery.schedule;

import io.sluice.storage.proto.DrillSchedule;
import io.sluice.storage.proto.TargetRecord;
import java.time.Instant;
import java.util.Optional;

/**
 * Which drill is due, told from a target's record alone: as with {@link DueBackup} whoever leads
 * comes to the same answer, and what was missed is made up for once. Each drill counts for every
 * schedule, whatever became of it: one that failed is told, and tried again at the next moment.
 */
public final class DueDrill {
  private DueDrill() {}

  /**
   * Decides; of several that are due, the one of the largest share.
   *
   * @param now by the clock of the node that leads
   * @return empty also while there is no backup to restore
   * @throws IllegalArgumentException when a schedule can't be parsed: it was, where it was added
   */
  public static Optional<DrillSchedule> of(TargetRecord target, Instant now) {
    if (!target.hasLast()) {
      return Optional.empty();
    }
    DrillSchedule due = null;
    for (DrillSchedule schedule : target.getDrillsList()) {
      boolean isDue = dueAt(target, schedule, now).filter(at -> !at.isAfter(now)).isPresent();
      if (isDue && (due == null || schedule.getShare() > due.getShare())) {
        due = schedule;
      }
    }
    return Optional.ofNullable(due);
  }

  /**
   * When a schedule is due next; not after {@code now} when it is due now. Empty when it is never
   * again.
   */
  public static Optional<Instant> dueAt(TargetRecord target, DrillSchedule schedule, Instant now) {
    CronSchedule cron = CronSchedule.parse(schedule.getCron(), schedule.getZone());
    long sinceMs =
        Math.max(
            DueBackup.known(schedule.getSinceMs(), now),
            DueBackup.known(target.getLastDrill().getAtMs(), now));
    return sinceMs == 0 ? Optional.of(now) : cron.next(Instant.ofEpochMilli(sinceMs));
  }
}

package io.sluice.recovery.schedule;

import io.sluice.storage.proto.BackupFailure;
import io.sluice.storage.proto.BackupKind;
import io.sluice.storage.proto.BackupPoint;
import io.sluice.storage.proto.BackupSchedule;
import io.sluice.storage.proto.TargetRecord;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.Optional;

/**
 * Continuous backups: an incremental set each few seconds, if anything changed. So that chains stay
 * short, which every restore reads, there is a synthetic full one now and then.
 *
 * <p>After a failure it is tried again after as long as the schedule says, and each further time
 * after twice as long, up to five minutes.
 */
public final class ContinuousBackup {
  public static final Duration EVERY_MIN = Duration.ofSeconds(1);
  public static final Duration EVERY_MAX = Duration.ofHours(1);

  /** Sets that one builds on, at most: a restore has a file of each open. */
  static final int CHAIN_MAX = 500;

  private static final Duration RETRY_AFTER_MAX = Duration.ofMinutes(5);
  private static final int DOUBLINGS_MAX = 10;

  private ContinuousBackup() {}

  /** Whether a schedule asks for them. */
  public static boolean is(BackupSchedule schedule) {
    return schedule.getEveryMs() > 0;
  }

  /**
   * What is to be made now, if anything changed since the last set.
   *
   * @param now by the clock of the node that leads
   */
  public static Optional<BackupKind> of(TargetRecord target, Instant now) {
    if (target.hasJob()) {
      return Optional.empty();
    }
    return target.getSchedulesList().stream()
        .filter(ContinuousBackup::is)
        .min(Comparator.comparing(BackupSchedule::getEveryMs))
        .filter(schedule -> !dueAt(target, schedule, now).isAfter(now))
        .map(schedule -> kind(target.getLast()));
  }

  /** When a schedule is due next; in the past when it is due now. */
  public static Instant dueAt(TargetRecord target, BackupSchedule schedule, Instant now) {
    Duration every = Duration.ofMillis(schedule.getEveryMs());
    Instant due = after(target.getLast().getCutMs(), every, now);
    if (target.hasLastFailure()) {
      BackupFailure failure = target.getLastFailure();
      int doublings = Math.min(Math.max(failure.getCount() - 1, 0), DOUBLINGS_MAX);
      Duration longer = every.multipliedBy(1L << doublings);
      Duration wait = longer.compareTo(RETRY_AFTER_MAX) > 0 ? RETRY_AFTER_MAX : longer;
      Instant again = after(failure.getAtMs(), wait, now);
      return again.isAfter(due) ? again : due;
    }
    return due;
  }

  /** A moment in the future was told by a clock that was wrong, and holds nothing off. */
  private static Instant after(long momentMs, Duration wait, Instant now) {
    Instant moment = Instant.ofEpochMilli(momentMs);
    return moment.isAfter(now) ? now : moment.plus(wait);
  }

  private static BackupKind kind(BackupPoint last) {
    if (last.getPositionsCount() == 0 || last.getLost()) {
      return BackupKind.BACKUP_FULL;
    }
    return last.getBuildsOn() >= CHAIN_MAX
        ? BackupKind.BACKUP_SYNTHETIC_FULL
        : BackupKind.BACKUP_INCREMENTAL;
  }
}

package io.sluice.recovery.schedule;

import io.sluice.storage.proto.BackupFailure;
import io.sluice.storage.proto.BackupKind;
import io.sluice.storage.proto.BackupPoint;
import io.sluice.storage.proto.BackupSchedule;
import io.sluice.storage.proto.TargetRecord;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * Which set is to be made next, told from a target's record alone.
 *
 * <p>A schedule is due when a moment that it names has passed since the last set that serves it, or
 * since it was added. So what was missed is made up for once, however many moments were missed, and
 * whoever leads comes to the same answer. A set serves every schedule that asks for no more than it
 * holds: a full one all, a differential one those of incremental ones.
 *
 * <p>A moment that lies in the future was told by a clock that was wrong. It says nothing, so what
 * it would hold off is due now: a set too many, and none is missed.
 *
 * <p>After a failure it is tried again after five minutes, and each further time after twice as
 * long, up to six hours; and in any case at the next moment that a schedule names.
 */
public final class DueBackup {
  private static final Duration RETRY_AFTER = Duration.ofMinutes(5);
  private static final Duration RETRY_AFTER_MAX = Duration.ofHours(6);
  private static final int DOUBLINGS_MAX = 10;

  /** Between two clocks that are right. */
  private static final Duration SKEW_MAX = Duration.ofMinutes(1);

  private DueBackup() {}

  /**
   * Decides.
   *
   * @param now by the clock of the node that leads
   * @return the kind to make; a full one where there is nothing to build on
   * @throws IllegalArgumentException when a schedule can't be parsed: it was, where it was added
   */
  public static Optional<BackupKind> of(TargetRecord target, Instant now) {
    if (target.hasJob()) {
      return Optional.empty();
    }
    List<BackupSchedule> schedules =
        target.getSchedulesList().stream()
            .filter(schedule -> !ContinuousBackup.is(schedule))
            .sorted(Comparator.comparingInt(schedule -> rank(schedule.getKind())))
            .toList();
    for (BackupSchedule schedule : schedules) {
      Optional<Instant> due = dueAt(target, schedule, now);
      if (due.isPresent() && !due.get().isAfter(now) && mayTry(target, schedule, now)) {
        return Optional.of(possible(target, schedule.getKind()));
      }
    }
    return Optional.empty();
  }

  /**
   * When a schedule is due next; not after {@code now} when it is due now. Empty when it is never
   * again.
   */
  public static Optional<Instant> dueAt(TargetRecord target, BackupSchedule schedule, Instant now) {
    CronSchedule cron = cron(schedule);
    long sinceMs = Math.max(known(schedule.getSinceMs(), now), servedMs(target, schedule, now));
    return sinceMs == 0 ? Optional.of(now) : cron.next(Instant.ofEpochMilli(sinceMs));
  }

  /** 0 of a moment that can't have been. */
  static long known(long ms, Instant now) {
    return ms > now.plus(SKEW_MAX).toEpochMilli() ? 0 : ms;
  }

  /** What holds most comes first, and may serve the others. */
  private static int rank(BackupKind kind) {
    return switch (kind) {
      case BACKUP_FULL -> 0;
      case BACKUP_SYNTHETIC_FULL -> 1;
      case BACKUP_DIFFERENTIAL -> 2;
      case BACKUP_INCREMENTAL, UNRECOGNIZED -> 3;
    };
  }

  private static CronSchedule cron(BackupSchedule schedule) {
    return CronSchedule.parse(schedule.getCron(), schedule.getZone());
  }

  private static long servedMs(TargetRecord target, BackupSchedule schedule, Instant now) {
    return switch (schedule.getKind()) {
      case BACKUP_FULL -> known(momentMs(target.getLastFull()), now);
      // One of these is of the moment of the set before it, and would be due again at once.
      case BACKUP_SYNTHETIC_FULL -> known(target.getLastFull().getCompletedMs(), now);
      case BACKUP_DIFFERENTIAL ->
          Math.max(
              known(momentMs(target.getLastFull()), now),
              known(target.getLastDifferentialMs(), now));
      case BACKUP_INCREMENTAL, UNRECOGNIZED -> known(momentMs(target.getLast()), now);
    };
  }

  private static long momentMs(BackupPoint point) {
    return point.getCutMs() == 0 ? point.getCompletedMs() : point.getCutMs();
  }

  /** Each kind by itself: what fails in one is no matter of the others. */
  private static boolean mayTry(TargetRecord target, BackupSchedule schedule, Instant now) {
    BackupKind kind = possible(target, schedule.getKind());
    return target.getFailuresList().stream()
        .filter(failure -> failure.getKind() == kind)
        .allMatch(failure -> mayTryAfter(failure, schedule, now));
  }

  private static boolean mayTryAfter(BackupFailure failure, BackupSchedule schedule, Instant now) {
    Instant failed = Instant.ofEpochMilli(failure.getAtMs());
    return known(failure.getAtMs(), now) == 0
        || !failed.plus(retryAfter(failure.getCount())).isAfter(now)
        || cron(schedule).next(failed).filter(next -> !next.isAfter(now)).isPresent();
  }

  private static Duration retryAfter(int failures) {
    int doublings = Math.min(Math.max(failures - 1, 0), DOUBLINGS_MAX);
    Duration after = RETRY_AFTER.multipliedBy(1L << doublings);
    return after.compareTo(RETRY_AFTER_MAX) > 0 ? RETRY_AFTER_MAX : after;
  }

  private static BackupKind possible(TargetRecord target, BackupKind kind) {
    return switch (kind) {
      case BACKUP_INCREMENTAL -> canBuildOn(target.getLast()) ? kind : BackupKind.BACKUP_FULL;
      case BACKUP_DIFFERENTIAL -> canBuildOn(target.getLastFull()) ? kind : BackupKind.BACKUP_FULL;
      case BACKUP_SYNTHETIC_FULL ->
          target.getLast().getPositionsCount() > 0 ? kind : BackupKind.BACKUP_FULL;
      case BACKUP_FULL, UNRECOGNIZED -> BackupKind.BACKUP_FULL;
    };
  }

  private static boolean canBuildOn(BackupPoint point) {
    return point.getPositionsCount() > 0 && !point.getLost();
  }
}

package io.sluice.recovery.job;

import io.sluice.recovery.backup.target.BackupTargets;
import io.sluice.recovery.schedule.ContinuousBackup;
import io.sluice.storage.proto.BackupSchedule;
import io.sluice.storage.proto.RoleRecord;
import io.sluice.storage.proto.TargetRecord;
import java.util.List;

/**
 * Schedules are the primary's. Where the clusters meet, those who follow take the newest backup of
 * a cluster for its state as the primary, so whoever is none makes none there by itself; a fenced
 * one has nothing new to back up anywhere. A standby may back up what it has to another place now
 * and then; set upon set, while sets are being applied, would only follow the primary's.
 *
 * <p>What somebody asks for is made in any role.
 */
final class RestingSchedules {
  private RestingSchedules() {}

  /** A target with the schedules alone that count in a role. */
  static TargetRecord awake(TargetRecord target, RoleRecord role) {
    if (role.getRole() == RoleRecord.Role.ORDINARY) {
      return target;
    }
    List<BackupSchedule> awake =
        role.getRole() == RoleRecord.Role.STANDBY && !isMeeting(target, role)
            ? target.getSchedulesList().stream()
                .filter(schedule -> !ContinuousBackup.is(schedule))
                .toList()
            : List.of();
    return target.toBuilder().clearSchedules().addAllSchedules(awake).build();
  }

  private static boolean isMeeting(TargetRecord target, RoleRecord role) {
    return BackupTargets.place(target.getUrl())
        .equals(BackupTargets.place(role.getTerms().getTarget().getUrl()));
  }
}

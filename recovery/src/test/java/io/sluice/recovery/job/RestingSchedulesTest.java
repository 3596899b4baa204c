package io.sluice.recovery.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.storage.proto.BackupKind;
import io.sluice.storage.proto.BackupSchedule;
import io.sluice.storage.proto.RoleRecord;
import io.sluice.storage.proto.RoleRecord.Role;
import io.sluice.storage.proto.StandbyTerms;
import io.sluice.storage.proto.TargetRecord;
import java.util.List;
import org.junit.jupiter.api.Test;

class RestingSchedulesTest {
  private static final BackupSchedule NIGHTLY =
      BackupSchedule.newBuilder()
          .setId(1)
          .setKind(BackupKind.BACKUP_FULL)
          .setCron("0 3 * * *")
          .build();
  private static final BackupSchedule CONTINUOUS =
      BackupSchedule.newBuilder()
          .setId(2)
          .setKind(BackupKind.BACKUP_INCREMENTAL)
          .setEveryMs(5_000)
          .build();

  private static List<BackupSchedule> awake(String url, RoleRecord role) {
    TargetRecord target =
        TargetRecord.newBuilder()
            .setName("disk")
            .setUrl(url)
            .addSchedules(NIGHTLY)
            .addSchedules(CONTINUOUS)
            .build();
    TargetRecord awake = RestingSchedules.awake(target, role);
    assertThat(awake.getName()).isEqualTo("disk");
    return awake.getSchedulesList();
  }

  private static RoleRecord standby(String url) {
    return RoleRecord.newBuilder()
        .setRole(Role.STANDBY)
        .setTerms(StandbyTerms.newBuilder().setTarget(TargetRecord.newBuilder().setUrl(url)))
        .build();
  }

  @Test
  void ordinary_keepsAll() {
    assertThat(awake("file:///meet", RoleRecord.getDefaultInstance()))
        .containsExactly(NIGHTLY, CONTINUOUS);
  }

  @Test
  void standby_atThePlaceThatItFollows_keepsNone() {
    assertThat(awake("file:///meet", standby("file:///meet/"))).isEmpty();
  }

  @Test
  void standby_elsewhere_keepsThoseOfTimes() {
    assertThat(awake("file:///own", standby("file:///meet"))).containsExactly(NIGHTLY);
  }

  @Test
  void fenced_keepsNone() {
    RoleRecord fenced = RoleRecord.newBuilder().setRole(Role.FENCED).build();
    assertThat(awake("file:///own", fenced)).isEmpty();
  }
}

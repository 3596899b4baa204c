package io.sluice.recovery.schedule;

import static io.sluice.storage.proto.BackupKind.BACKUP_FULL;
import static io.sluice.storage.proto.BackupKind.BACKUP_INCREMENTAL;
import static io.sluice.storage.proto.BackupKind.BACKUP_SYNTHETIC_FULL;
import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.storage.proto.BackupFailure;
import io.sluice.storage.proto.BackupJob;
import io.sluice.storage.proto.BackupPoint;
import io.sluice.storage.proto.BackupSchedule;
import io.sluice.storage.proto.ShardPosition;
import io.sluice.storage.proto.TargetRecord;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class ContinuousBackupTest {
  private static final Instant NOW = Instant.parse("2026-11-22T12:00:00Z");

  private final TargetRecord.Builder target =
      TargetRecord.newBuilder()
          .setName("t")
          .addSchedules(BackupSchedule.newBuilder().setId(1).setEveryMs(5_000));

  private void last(Instant cut, int buildsOn) {
    target.setLast(
        BackupPoint.newBuilder()
            .setCutMs(cut.toEpochMilli())
            .setBuildsOn(buildsOn)
            .addPositions(ShardPosition.getDefaultInstance()));
  }

  @Test
  void of_nothingThere_isAFullOne() {
    assertThat(ContinuousBackup.of(target.build(), NOW)).contains(BACKUP_FULL);
    assertThat(DueBackup.of(target.build(), NOW)).as("no cron expression").isEmpty();
  }

  @Test
  void of_afterTheSpan_isIncremental() {
    last(NOW.minusMillis(4_999), 3);
    assertThat(ContinuousBackup.of(target.build(), NOW)).isEmpty();
    last(NOW.minusMillis(5_000), 3);
    assertThat(ContinuousBackup.of(target.build(), NOW)).contains(BACKUP_INCREMENTAL);
    target.setJob(BackupJob.getDefaultInstance());
    assertThat(ContinuousBackup.of(target.build(), NOW)).as("one at a time").isEmpty();
  }

  @Test
  void of_longChain_isSyntheticFull_andLostOneIsFull() {
    last(NOW.minusMillis(5_000), ContinuousBackup.CHAIN_MAX);
    assertThat(ContinuousBackup.of(target.build(), NOW)).contains(BACKUP_SYNTHETIC_FULL);
    target.getLastBuilder().setLost(true);
    assertThat(ContinuousBackup.of(target.build(), NOW)).contains(BACKUP_FULL);
  }

  @Test
  void of_afterFailures_isTriedAfterLongerAndLonger() {
    last(NOW.minusSeconds(3_600), 0);
    target.setLastFailure(
        BackupFailure.newBuilder().setCount(3).setAtMs(NOW.minusSeconds(19).toEpochMilli()));
    assertThat(ContinuousBackup.of(target.build(), NOW)).isEmpty();
    target.getLastFailureBuilder().setAtMs(NOW.minusSeconds(20).toEpochMilli());
    assertThat(ContinuousBackup.of(target.build(), NOW)).isPresent();
    target.getLastFailureBuilder().setCount(100).setAtMs(NOW.minusSeconds(299).toEpochMilli());
    assertThat(ContinuousBackup.of(target.build(), NOW)).isEmpty();
    target.getLastFailureBuilder().setAtMs(NOW.minusSeconds(300).toEpochMilli());
    assertThat(ContinuousBackup.of(target.build(), NOW)).isPresent();
  }

  @Test
  void dueAt_lastIsOfTheFuture_holdsNothingOff() {
    last(NOW.plusSeconds(86_400), 0);
    assertThat(ContinuousBackup.dueAt(target.build(), target.getSchedules(0), NOW)).isEqualTo(NOW);
  }
}

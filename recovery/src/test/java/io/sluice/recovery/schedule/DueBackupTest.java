package io.sluice.recovery.schedule;

import static io.sluice.storage.proto.BackupKind.BACKUP_DIFFERENTIAL;
import static io.sluice.storage.proto.BackupKind.BACKUP_FULL;
import static io.sluice.storage.proto.BackupKind.BACKUP_INCREMENTAL;
import static io.sluice.storage.proto.BackupKind.BACKUP_SYNTHETIC_FULL;
import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.storage.proto.BackupFailure;
import io.sluice.storage.proto.BackupJob;
import io.sluice.storage.proto.BackupKind;
import io.sluice.storage.proto.BackupPoint;
import io.sluice.storage.proto.BackupSchedule;
import io.sluice.storage.proto.ShardPosition;
import io.sluice.storage.proto.TargetRecord;
import io.sluice.testkit.TestClock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What is made when, as days go by. */
class DueBackupTest {
  private static final Instant ADDED = Instant.parse("2026-11-22T12:00:00Z");

  private final TestClock clock = new TestClock();
  private TargetRecord.Builder target;

  @BeforeEach
  void open() {
    clock.set(ADDED.toEpochMilli());
    target = TargetRecord.newBuilder().setName("t");
  }

  private void schedule(BackupKind kind, String cron) {
    target.addSchedules(
        BackupSchedule.newBuilder()
            .setId(target.getSchedulesCount() + 1)
            .setKind(kind)
            .setCron(cron)
            .setZone("UTC")
            .setSinceMs(clock.millis()));
  }

  private Optional<BackupKind> due() {
    return DueBackup.of(target.build(), clock.instant());
  }

  private Optional<BackupKind> dueAt(String time) {
    clock.set(Instant.parse(time).toEpochMilli());
    return due();
  }

  /** A set of this moment is complete. */
  private void complete(BackupKind kind) {
    BackupPoint.Builder point =
        BackupPoint.newBuilder()
            .setSetId("of " + clock.instant())
            .setKind(kind)
            .setCutMs(clock.millis())
            .setCompletedMs(clock.millis() + 1_800_000)
            .addPositions(ShardPosition.getDefaultInstance());
    target.setLast(point).clearLastFailure();
    switch (kind) {
      case BACKUP_FULL -> target.setLastFull(point);
      case BACKUP_INCREMENTAL -> target.setLastIncrementalMs(clock.millis());
      default -> target.setLastDifferentialMs(clock.millis());
    }
  }

  private void fail() {
    target.setLastFailure(
        BackupFailure.newBuilder()
            .setAtMs(clock.millis())
            .setCount(target.getLastFailure().getCount() + 1));
  }

  @Test
  void of_whatPassedBeforeItWasAdded_isNotMissed() {
    schedule(BACKUP_FULL, "0 3 * * *");
    assertThat(due()).isEmpty();
    assertThat(dueAt("2026-11-23T02:59:59Z")).isEmpty();
    assertThat(dueAt("2026-11-23T03:00:00Z")).contains(BACKUP_FULL);
    complete(BACKUP_FULL);
    assertThat(due()).isEmpty();
    assertThat(dueAt("2026-11-24T02:59:59Z")).isEmpty();
    assertThat(dueAt("2026-11-24T03:00:00Z")).contains(BACKUP_FULL);
  }

  /** A clock was a year ahead when this was written, and is right again. */
  @Test
  void of_momentsOfTheFuture_sayNothing_andItIsDueNow() {
    schedule(BACKUP_INCREMENTAL, "0 3 * * *");
    clock.set(Instant.parse("2027-11-22T12:00:00Z").toEpochMilli());
    complete(BACKUP_FULL);
    fail();
    assertThat(dueAt("2026-11-22T12:30:00Z")).as("since it was added").isEmpty();
    assertThat(dueAt("2026-11-23T03:00:00Z")).contains(BACKUP_INCREMENTAL);
    complete(BACKUP_INCREMENTAL);
    assertThat(due()).isEmpty();

    clock.set(Instant.parse("2027-11-22T12:00:00Z").toEpochMilli());
    target.clearSchedules();
    schedule(BACKUP_FULL, "0 3 * * *");
    complete(BACKUP_FULL);
    assertThat(dueAt("2026-11-23T12:00:00Z")).as("nothing is known").contains(BACKUP_FULL);
    complete(BACKUP_FULL);
    assertThat(due()).isEmpty();
    assertThat(dueAt("2026-11-24T03:00:00Z")).contains(BACKUP_FULL);
  }

  @Test
  void of_missedForDays_isMadeUpForOnce() {
    schedule(BACKUP_INCREMENTAL, "*/15 * * * *");
    complete(BACKUP_FULL);
    assertThat(dueAt("2026-12-01T10:07:00Z")).contains(BACKUP_INCREMENTAL);
    complete(BACKUP_INCREMENTAL);
    assertThat(due()).isEmpty();
    assertThat(dueAt("2026-12-01T10:14:59Z")).isEmpty();
    assertThat(dueAt("2026-12-01T10:15:00Z")).contains(BACKUP_INCREMENTAL);
  }

  @Test
  void of_setThatTakesLong_isOfTheMomentItHolds() {
    schedule(BACKUP_INCREMENTAL, "*/15 * * * *");
    schedule(BACKUP_FULL, "0 3 * * *");
    clock.set(Instant.parse("2026-11-23T03:00:01Z").toEpochMilli());
    complete(BACKUP_FULL); // half an hour later
    assertThat(dueAt("2026-11-23T03:30:01Z")).contains(BACKUP_INCREMENTAL);
    complete(BACKUP_INCREMENTAL);
    assertThat(due()).isEmpty();
  }

  @Test
  void of_severalAtTheSameMoment_fullFirst_andItServesTheOthers() {
    schedule(BACKUP_INCREMENTAL, "0 * * * *");
    schedule(BACKUP_DIFFERENTIAL, "0 */6 * * *");
    schedule(BACKUP_FULL, "0 0 * * *");
    complete(BACKUP_FULL);
    assertThat(dueAt("2026-11-22T13:00:00Z")).contains(BACKUP_INCREMENTAL);
    complete(BACKUP_INCREMENTAL);
    assertThat(dueAt("2026-11-22T18:00:00Z")).contains(BACKUP_DIFFERENTIAL);
    complete(BACKUP_DIFFERENTIAL);
    assertThat(due()).as("it holds what an incremental one would").isEmpty();
    assertThat(dueAt("2026-11-23T00:00:00Z")).contains(BACKUP_FULL);
    complete(BACKUP_FULL);
    assertThat(due()).isEmpty();
  }

  /** It is of the moment of the set before it. */
  @Test
  void of_syntheticFull_isMadeOnce_andServesNoneOfALaterMoment() {
    schedule(BACKUP_SYNTHETIC_FULL, "0 3 * * *");
    assertThat(dueAt("2026-11-23T03:00:00Z")).as("of nothing").contains(BACKUP_FULL);
    complete(BACKUP_FULL);
    schedule(BACKUP_INCREMENTAL, "0 3 * * *");
    complete(BACKUP_INCREMENTAL);
    long moment = clock.millis();
    assertThat(dueAt("2026-11-24T03:00:00Z")).contains(BACKUP_SYNTHETIC_FULL);
    target.setLastFull(
        target
            .getLastBuilder()
            .setKind(BACKUP_SYNTHETIC_FULL)
            .setCutMs(moment)
            .setCompletedMs(clock.millis()));
    assertThat(due()).contains(BACKUP_INCREMENTAL);
    complete(BACKUP_INCREMENTAL);
    assertThat(due()).isEmpty();
  }

  @Test
  void of_laterSetOfLess_doesNotServeAFullOne() {
    schedule(BACKUP_FULL, "0 3 * * *");
    complete(BACKUP_FULL);
    clock.set(Instant.parse("2026-11-23T03:30:00Z").toEpochMilli());
    complete(BACKUP_INCREMENTAL);
    complete(BACKUP_DIFFERENTIAL);
    assertThat(due()).contains(BACKUP_FULL);
  }

  @Test
  void of_nothingToBuildOn_isAFullOne() {
    schedule(BACKUP_INCREMENTAL, "0 * * * *");
    assertThat(dueAt("2026-11-22T13:00:00Z")).contains(BACKUP_FULL);
    complete(BACKUP_FULL);
    target.getLastBuilder().setLost(true);
    assertThat(dueAt("2026-11-22T14:00:00Z")).contains(BACKUP_FULL);
    target.clearSchedules();
    clock.set(ADDED.toEpochMilli());
    schedule(BACKUP_DIFFERENTIAL, "0 * * * *");
    target.getLastBuilder().setLost(false);
    target.getLastFullBuilder().setLost(true);
    assertThat(dueAt("2026-11-22T14:00:00Z")).contains(BACKUP_FULL);
    target.getLastFullBuilder().setLost(false);
    assertThat(due()).contains(BACKUP_DIFFERENTIAL);
  }

  @Test
  void of_whileOneIsMade_isNothing() {
    schedule(BACKUP_FULL, "0 3 * * *");
    target.setJob(BackupJob.getDefaultInstance());
    assertThat(dueAt("2026-11-25T03:00:00Z")).isEmpty();
  }

  @Test
  void of_failed_isTriedAgainLaterAndLater_andAtItsTime() {
    schedule(BACKUP_FULL, "0 3 * * *");
    assertThat(dueAt("2026-11-23T03:00:00Z")).contains(BACKUP_FULL);
    int tries = 0;
    Instant last = clock.instant();
    Duration longest = Duration.ZERO;
    for (int minute = 0; minute < 24 * 60; minute++) {
      if (due().isPresent()) {
        longest = Duration.between(last, clock.instant());
        last = clock.instant();
        fail();
        tries++;
      }
      clock.jump(Duration.ofMinutes(1));
    }
    assertThat(tries)
        .as("at 3:00, and 5, 15, 35, 75, 155, 315, 635, 995, 1355 minutes later")
        .isEqualTo(10);
    assertThat(longest).isEqualTo(Duration.ofHours(6));
    assertThat(clock.instant()).isEqualTo(Instant.parse("2026-11-24T03:00:00Z"));
    assertThat(due()).as("its next time").contains(BACKUP_FULL);
  }

  /**
   * Whose clock is wrong, nobody can tell: one that leads with a clock behind makes one too many.
   */
  @Test
  void of_clockBehind_isOneTooMany_andNoMore() {
    schedule(BACKUP_INCREMENTAL, "0 * * * *");
    complete(BACKUP_FULL);
    clock.jump(Duration.ofHours(-2));
    assertThat(due()).contains(BACKUP_INCREMENTAL);
    complete(BACKUP_INCREMENTAL);
    assertThat(due()).isEmpty();
  }
}

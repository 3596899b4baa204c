package io.sluice.recovery.objective;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.storage.proto.AlertsSent;
import io.sluice.storage.proto.BackupFailure;
import io.sluice.storage.proto.BackupPoint;
import io.sluice.storage.proto.LastRestore;
import io.sluice.storage.proto.TargetRecord;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

/** What would be lost, how long it would take, and what is told of it. */
class RecoveryOutlookTest {
  private static final Instant NOW = Instant.parse("2026-11-22T12:00:00Z");

  private static TargetRecord.Builder target() {
    return TargetRecord.newBuilder()
        .setName("t")
        .setCreatedMs(NOW.minusSeconds(7_200).toEpochMilli());
  }

  private static BackupPoint.Builder cut(int secondsAgo) {
    return BackupPoint.newBuilder()
        .setCutMs(NOW.minusSeconds(secondsAgo).toEpochMilli())
        .setCompletedMs(NOW.toEpochMilli());
  }

  private static RecoveryOutlook of(TargetRecord.Builder target) {
    return RecoveryOutlook.of(target.build(), NOW);
  }

  @Test
  void age_isSinceTheMomentOfTheSet_orTheTargetWasAdded() {
    assertThat(of(target()).age()).isEqualTo(Duration.ofHours(2));
    assertThat(of(target().setLast(cut(90))).age()).isEqualTo(Duration.ofSeconds(90));
    assertThat(of(target().setLast(cut(-5))).age()).isZero();
    assertThat(of(target().setLast(cut(90)).setRpoSeconds(89)).missesRpo()).isTrue();
    assertThat(of(target().setLast(cut(90)).setRpoSeconds(90)).missesRpo()).isFalse();
    assertThat(of(target().setLast(cut(90))).missesRpo()).as("no objective").isFalse();
    assertThat(of(target().setRpoSeconds(3_600)).missesRpo()).as("no backup").isTrue();
  }

  /** A clock was far ahead when the set was made, or the target added, and is right again. */
  @Test
  void age_ofTheFuture_isNotKnown_andMissesItsObjective() {
    RecoveryOutlook ahead = of(target().setLast(cut(-3_600)).setRpoSeconds(60));
    assertThat(ahead.inFuture()).isTrue();
    assertThat(ahead.missesRpo()).isTrue();
    assertThat(Alert.untold(ahead).get(0).message()).contains("a clock was wrong");
    assertThat(of(target().setLast(cut(-5)).setRpoSeconds(60)).missesRpo())
        .as("clocks are never quite the same")
        .isFalse();
    TargetRecord.Builder added = target().setCreatedMs(NOW.plusSeconds(3_600).toEpochMilli());
    assertThat(of(added.setRpoSeconds(60)).missesRpo()).isTrue();
  }

  @Test
  void estimate_isWhatIsStored_atTheRateThatWasMeasured() {
    LastRestore.Builder measured = LastRestore.newBuilder().setBytes(1_000).setMilliseconds(500);
    TargetRecord.Builder target = target().setLast(cut(1).setRestoreBytes(20_000)).setRtoSeconds(9);
    assertThat(of(target).estimate()).isEmpty();
    assertThat(of(target).missesRto()).as("not known").isFalse();
    target.setLastRestore(measured);
    assertThat(of(target).bytesPerSecond()).isEqualTo(2_000);
    assertThat(of(target).estimate()).contains(Duration.ofSeconds(10));
    assertThat(of(target).missesRto()).isTrue();
    assertThat(of(target.setRtoSeconds(10)).missesRto()).isFalse();
    assertThat(of(target().setLastRestore(measured)).estimate()).as("no set").isEmpty();
  }

  @Test
  void untold_isEachOnce_andAgainAfterItWasMet() {
    TargetRecord.Builder target =
        target()
            .setRpoSeconds(60)
            .setLast(cut(90))
            .setLastFailure(BackupFailure.newBuilder().setSetId("s").setMessage("disk is full"));
    assertThat(Alert.untold(of(target)))
        .extracting(Alert::event)
        .containsExactly("rpo-missed", "backup-failed");
    assertThat(Alert.untold(of(target)).get(1).message()).contains("disk is full");
    target.setAlerts(Alert.told(of(target)));
    assertThat(Alert.untold(of(target))).isEmpty();

    target.setLast(cut(30)).clearLastFailure();
    assertThat(Alert.untold(of(target))).isEmpty();
    AlertsSent met = Alert.told(of(target));
    assertThat(met).isNotEqualTo(target.getAlerts());
    target.setAlerts(met).setLast(cut(90));
    assertThat(Alert.untold(of(target))).extracting(Alert::event).containsExactly("rpo-missed");
  }
}

package io.sluice.recovery.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.storage.proto.BackupPoint;
import io.sluice.storage.proto.DrillSchedule;
import io.sluice.storage.proto.LastDrill;
import io.sluice.storage.proto.TargetRecord;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class DueDrillTest {
  private static final Instant ADDED = Instant.parse("2026-11-22T12:00:00Z");

  private static DrillSchedule.Builder each(String cron, double share) {
    return DrillSchedule.newBuilder()
        .setCron(cron)
        .setZone("UTC")
        .setShare(share)
        .setSinceMs(ADDED.toEpochMilli());
  }

  private static double due(TargetRecord.Builder target, String time) {
    return DueDrill.of(target.build(), Instant.parse(time))
        .map(DrillSchedule::getShare)
        .orElse(0.0);
  }

  @Test
  void due_onceForWhatWasMissed_andTheLargestOfSeveral() {
    TargetRecord.Builder target =
        TargetRecord.newBuilder().addDrills(each("0 3 * * *", 0.1)).addDrills(each("0 3 1 * *", 1));
    assertThat(due(target, "2026-12-05T12:00:00Z")).as("no backup").isZero();
    target.setLast(BackupPoint.newBuilder().setSetId("s"));
    assertThat(due(target, "2026-11-23T02:59:59Z")).isZero();
    assertThat(due(target, "2026-11-23T03:00:00Z")).isEqualTo(0.1);
    assertThat(due(target, "2026-12-05T12:00:00Z")).isEqualTo(1);
    target.setLastDrill(
        LastDrill.newBuilder()
            .setAtMs(Instant.parse("2026-12-05T12:01:00Z").toEpochMilli())
            .setProblem("failed, and is told: no reason to try at once"));
    assertThat(due(target, "2026-12-06T02:59:00Z")).isZero();
    assertThat(due(target, "2026-12-06T03:00:00Z")).isEqualTo(0.1);
    assertThat(due(target, "2026-11-25T03:00:00Z")).as("a clock was ahead by then").isEqualTo(0.1);
  }
}

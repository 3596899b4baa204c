package io.sluice.app.recovery;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.storage.proto.Fence;
import io.sluice.storage.proto.RoleRecord;
import io.sluice.storage.proto.RoleRecord.Role;
import io.sluice.storage.proto.StandbyProgress;
import io.sluice.storage.proto.StandbyTerms;
import io.sluice.storage.proto.Takeover;
import io.vertx.core.json.JsonObject;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import org.junit.jupiter.api.Test;

class StandbyJsonTest {
  private static final Instant NOW = Instant.parse("2026-11-22T10:00:00Z");
  private static final Clock CLOCK = Clock.fixed(NOW, ZoneOffset.UTC);
  private static final String SET = "20261122T095830.000Z-1f2e3d4c";

  private static RoleRecord.Builder standby() {
    return RoleRecord.newBuilder()
        .setRole(Role.STANDBY)
        .setSinceMs(NOW.minusSeconds(600).toEpochMilli())
        .setTerms(StandbyTerms.getDefaultInstance());
  }

  /** Of what the primary acknowledged in those 90 seconds nothing is here. */
  @Test
  void standby_hasAllThatIsAtTheTarget_tellsTheAgeOfWhatItHolds() {
    RoleRecord role =
        standby()
            .setProgress(
                StandbyProgress.newBuilder()
                    .setSetId(SET)
                    .setCutMs(NOW.minusSeconds(90).toEpochMilli()))
            .build();
    JsonObject json = StandbyJson.of(role, CLOCK);
    assertThat(json.getDouble("lagSeconds")).isZero();
    assertThat(json.getString("recoveryPoint")).isEqualTo("2026-11-22T09:58:30Z");
    assertThat(json.getDouble("recoveryPointSeconds")).isEqualTo(90);
    assertThat(StandbyMeters.recoveryPointSeconds(role, CLOCK)).isEqualTo(90);
  }

  @Test
  void standby_hasNothingYet_metricIsHowLongItFollows() {
    RoleRecord role = standby().build();
    assertThat(StandbyMeters.recoveryPointSeconds(role, CLOCK)).isEqualTo(600);
    assertThat(StandbyJson.of(role, CLOCK).containsKey("recoveryPointSeconds")).isFalse();
  }

  @Test
  void fence_ofOneThatFollowsSince_isTheLastOne() {
    Fence fence = Fence.newBuilder().setEpoch(2).setClusterId("b").build();
    RoleRecord fenced = RoleRecord.newBuilder().setRole(Role.FENCED).setFence(fence).build();
    assertThat(StandbyJson.of(fenced, CLOCK).getJsonObject("fence").getLong("epoch")).isEqualTo(2);
    JsonObject follows = StandbyJson.of(standby().setFence(fence).build(), CLOCK);
    assertThat(follows.containsKey("fence")).isFalse();
    assertThat(follows.getJsonObject("lastFence").getLong("epoch")).isEqualTo(2);
    assertThat(StandbyJson.ofFence(fenced, "diverged")).isEqualTo("diverged");
    assertThat(StandbyJson.ofFence(standby().build(), "diverged")).isEqualTo("lastDiverged");
  }

  @Test
  void promoted_tellsTheMomentThatItHadThen() {
    RoleRecord role =
        RoleRecord.newBuilder()
            .setTakeover(
                Takeover.newBuilder()
                    .setClusterId("a")
                    .setSetId(SET)
                    .setCutMs(NOW.minusSeconds(90).toEpochMilli()))
            .build();
    assertThat(StandbyJson.of(role, CLOCK).getJsonObject("takeover"))
        .isEqualTo(
            new JsonObject()
                .put("from", "a")
                .put("position", SET)
                .put("recoveryPoint", "2026-11-22T09:58:30Z"));
    assertThat(StandbyMeters.recoveryPointSeconds(role, CLOCK)).isZero();
  }

  @Test
  void promotedByForce_tellsWhatWasLeftOut() {
    RoleRecord role =
        RoleRecord.newBuilder()
            .setTakeover(Takeover.newBuilder().setClusterId("a").setLeftOut("backup s is damaged"))
            .build();
    assertThat(StandbyJson.of(role, CLOCK).getJsonObject("takeover"))
        .isEqualTo(new JsonObject().put("from", "a").put("leftOut", "backup s is damaged"));
  }
}

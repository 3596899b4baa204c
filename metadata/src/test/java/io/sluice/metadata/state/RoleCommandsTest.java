package io.sluice.metadata.state;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.storage.proto.Command;
import io.sluice.storage.proto.Fence;
import io.sluice.storage.proto.GetRole;
import io.sluice.storage.proto.LeaseTerms;
import io.sluice.storage.proto.NoteStandby;
import io.sluice.storage.proto.Outcome;
import io.sluice.storage.proto.Promotion;
import io.sluice.storage.proto.PutRole;
import io.sluice.storage.proto.Query;
import io.sluice.storage.proto.RefusalCode;
import io.sluice.storage.proto.RoleRecord;
import io.sluice.storage.proto.RoleRecord.Role;
import io.sluice.storage.proto.SetWriteGate;
import io.sluice.storage.proto.StandbyProgress;
import io.sluice.storage.proto.StandbyTerms;
import io.sluice.storage.proto.Takeover;
import io.sluice.storage.proto.TargetRecord;
import io.sluice.storage.proto.WriteGate;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a cluster is to others, and who may write to it then. */
class RoleCommandsTest {
  private static final String NOTICE = "a standby of a";

  private Shard shard;

  @BeforeEach
  void open(@TempDir Path directory) {
    shard = Shard.withHistory(directory);
  }

  @AfterEach
  void close() {
    shard.close();
  }

  private static RoleRecord.Builder standby(String url) {
    return RoleRecord.newBuilder()
        .setRole(Role.STANDBY)
        .setNotice(NOTICE)
        .setTerms(
            StandbyTerms.newBuilder()
                .setTarget(TargetRecord.newBuilder().setUrl(url))
                .setClusterId("a"));
  }

  private Outcome put(RoleRecord.Builder role, long expected) {
    return shard.apply(
        Command.newBuilder()
            .setPutRole(PutRole.newBuilder().setRole(role).setExpectedRevision(expected)));
  }

  private Outcome note(long revision, StandbyProgress.Builder progress) {
    return shard.apply(
        Command.newBuilder()
            .setNoteStandby(NoteStandby.newBuilder().setRevision(revision).setProgress(progress)));
  }

  private Outcome gate(long revision, boolean closed) {
    return shard.apply(
        Command.newBuilder()
            .setSetWriteGate(
                SetWriteGate.newBuilder()
                    .setGate(WriteGate.newBuilder().setRevision(revision).setClosed(closed))));
  }

  private RoleRecord role() {
    return shard.ask(Query.newBuilder().setGetRole(GetRole.getDefaultInstance())).getRole();
  }

  private RefusalCode written(long follower) {
    return shard
        .apply(Commands.putInline("k", "text").setFollower(follower))
        .getRefusal()
        .getCode();
  }

  @Test
  void putRole_standby_refusesClientsWrites_andTakesTheFollowers() {
    assertThat(written(0)).isEqualTo(RefusalCode.REFUSAL_UNSPECIFIED);
    RoleRecord made = put(standby("file:///t"), 0).getRole();
    assertThat(made.getRevision()).isEqualTo(1);
    Outcome refused = shard.apply(Commands.putInline("k", "other"));
    assertThat(refused.getRefusal().getCode()).isEqualTo(RefusalCode.WRITES_CLOSED);
    assertThat(refused.getRefusal().getMessage()).isEqualTo(NOTICE);
    assertThat(written(1)).isEqualTo(RefusalCode.REFUSAL_UNSPECIFIED);
  }

  @Test
  void follower_overtaken_writesNothing() {
    put(standby("file:///t"), 0);
    put(standby("file:///t"), 1);
    assertThat(written(1)).isEqualTo(RefusalCode.STANDBY_OVER);
    assertThat(written(2)).isEqualTo(RefusalCode.REFUSAL_UNSPECIFIED);
  }

  @Test
  void follower_afterThePromotion_writesNothing() {
    put(standby("file:///t"), 0);
    put(RoleRecord.newBuilder(), 1);
    assertThat(written(1)).isEqualTo(RefusalCode.STANDBY_OVER);
    assertThat(written(2)).isEqualTo(RefusalCode.STANDBY_OVER);
    assertThat(written(0)).isEqualTo(RefusalCode.REFUSAL_UNSPECIFIED);
  }

  @Test
  void whatTheStoreDoesForItself_goesOn() {
    put(standby("file:///t"), 0);
    assertThat(shard.apply(Commands.window(1_000)).hasRefusal()).isFalse();
    assertThat(shard.apply(Commands.trimHistory(10)).hasRefusal()).isFalse();
  }

  @Test
  void putRole_withALease_takesOnlyWritesThatNameIt() {
    put(leased(1), 0);
    assertThat(named(0)).isEqualTo(RefusalCode.LEASE_NEEDED);
    assertThat(named(1)).isEqualTo(RefusalCode.REFUSAL_UNSPECIFIED);
    put(leased(2), 1);
    assertThat(named(1)).as("of a node that has not heard").isEqualTo(RefusalCode.LEASE_NEEDED);
    assertThat(named(2)).isEqualTo(RefusalCode.REFUSAL_UNSPECIFIED);
    assertThat(shard.apply(Commands.trimHistory(10)).hasRefusal()).as("the store's own").isFalse();
    put(RoleRecord.newBuilder(), 2);
    assertThat(named(0)).isEqualTo(RefusalCode.REFUSAL_UNSPECIFIED);
    assertThat(named(2)).isEqualTo(RefusalCode.REFUSAL_UNSPECIFIED);
  }

  /** Each place counts its epochs from 1, and may have leases of other lengths. */
  @Test
  void putRole_leaseOfTheSameEpochAtAnotherPlace_isAnother() {
    put(leased(1), 0);
    RoleRecord.Builder moved = leased(1);
    moved.getLeaseBuilder().getTargetBuilder().setUrl("file:///u");
    assertThat(put(moved, 1).getRole().getLease().getRevision()).isEqualTo(2);
    assertThat(named(1)).isEqualTo(RefusalCode.LEASE_NEEDED);
    assertThat(named(2)).isEqualTo(RefusalCode.REFUSAL_UNSPECIFIED);
    moved.getLeaseBuilder().setClaimed(true);
    assertThat(put(moved, 2).getRole().getLease().getRevision()).as("the same").isEqualTo(2);
    moved.getLeaseBuilder().setLeaseMs(5_000);
    assertThat(put(moved, 3).getRole().getLease().getRevision()).as("shorter").isEqualTo(4);
  }

  @Test
  void putRole_epochOfAnotherPlace_isNotComparedWithThis() {
    TargetRecord.Builder here = TargetRecord.newBuilder().setUrl("file:///t");
    TargetRecord.Builder there = TargetRecord.newBuilder().setUrl("file:///u");
    put(RoleRecord.newBuilder().setEpoch(7).setEpochPlace(here), 0);
    assertThat(put(RoleRecord.newBuilder().setEpoch(2), 1).getRole().getEpoch()).isEqualTo(7);
    assertThat(put(RoleRecord.newBuilder().setEpoch(2).setEpochPlace(here), 2).getRole().getEpoch())
        .isEqualTo(7);
    RoleRecord moved = put(RoleRecord.newBuilder().setEpoch(2).setEpochPlace(there), 3).getRole();
    assertThat(moved.getEpoch()).isEqualTo(2);
    assertThat(moved.getEpochPlace().getUrl()).isEqualTo("file:///u");
  }

  private static RoleRecord.Builder leased(long epoch) {
    return RoleRecord.newBuilder()
        .setLease(
            LeaseTerms.newBuilder()
                .setTarget(TargetRecord.newBuilder().setUrl("file:///t"))
                .setLeaseMs(15_000)
                .setEpoch(epoch));
  }

  private RefusalCode named(long lease) {
    return shard.apply(Commands.putInline("k", "text").setLease(lease)).getRefusal().getCode();
  }

  @Test
  void putRole_otherRevision_isConflict() {
    put(standby("file:///t"), 0);
    assertThat(put(standby("file:///u"), 0).getRefusal().getCode()).isEqualTo(RefusalCode.CONFLICT);
    assertThat(role().getTerms().getTarget().getUrl()).isEqualTo("file:///t");
  }

  @Test
  void setWriteGate_overtaken_isConflict() {
    assertThat(gate(3, true).hasRefusal()).isFalse();
    assertThat(gate(2, false).getRefusal().getCode()).isEqualTo(RefusalCode.CONFLICT);
    assertThat(written(0)).isEqualTo(RefusalCode.WRITES_CLOSED);
    assertThat(gate(4, false).hasRefusal()).isFalse();
    assertThat(written(0)).isEqualTo(RefusalCode.REFUSAL_UNSPECIFIED);
  }

  @Test
  void noteStandby_isKept_whileItFollowsTheSame_andGoesWithAnotherPlace() {
    put(standby("file:///t"), 0);
    note(1, StandbyProgress.newBuilder().setSetId("s1"));
    assertThat(role().getProgress().getAppliedMs()).isPositive();
    put(standby("file:///t"), 1);
    assertThat(role().getProgress().getSetId()).isEqualTo("s1");
    assertThat(note(1, StandbyProgress.newBuilder().setSetId("s2")).getRefusal().getCode())
        .isEqualTo(RefusalCode.STANDBY_OVER);
    put(standby("file:///u"), 2);
    assertThat(role().getProgress().getSetId()).isEmpty();
  }

  @Test
  void noteStandby_sameProblem_keepsSinceWhen() {
    put(standby("file:///t"), 0);
    note(1, StandbyProgress.newBuilder().setProblem("gone"));
    long since = role().getProgress().getProblemMs();
    shard.passMs(1_000);
    note(1, StandbyProgress.newBuilder().setProblem("gone"));
    assertThat(role().getProgress().getProblemMs()).isEqualTo(since).isPositive();
    note(1, StandbyProgress.newBuilder());
    assertThat(role().getProgress().getProblemMs()).isZero();
  }

  @Test
  void putRole_fenced_staysThroughAReopen() {
    put(
        RoleRecord.newBuilder()
            .setRole(Role.FENCED)
            .setNotice("fenced")
            .setEpoch(2)
            .setFence(Fence.newBuilder().setEpoch(2).setClusterId("b")),
        0);
    shard.flush();
    shard.reopen();
    assertThat(role().getFence().getSinceMs()).isPositive();
    assertThat(written(0)).isEqualTo(RefusalCode.WRITES_CLOSED);
  }

  @Test
  void putRole_fencedWithoutASnapshot_doesNotFollow() {
    RoleRecord.Builder fenced =
        RoleRecord.newBuilder()
            .setRole(Role.FENCED)
            .setFence(Fence.newBuilder().setEpoch(2).setClusterId("b"));
    put(fenced, 0);
    assertThat(put(standby("file:///t"), 1).getRefusal().getCode()).isEqualTo(RefusalCode.CONFLICT);
    fenced.getFenceBuilder().setSnapshot("diverged-epoch-2");
    put(fenced, 1);
    assertThat(put(standby("file:///t"), 2).hasRefusal()).isFalse();
  }

  @Test
  void putRole_mayHaveClaimed_endsAsThePrimaryOrGivenUp() {
    Promotion.Builder promotion = Promotion.newBuilder().setClaiming(3);
    put(standby("file:///t").setPromotion(promotion), 0);
    assertThat(put(RoleRecord.newBuilder().setEpoch(3), 1).getRefusal().getCode())
        .isEqualTo(RefusalCode.CONFLICT);
    assertThat(put(standby("file:///t"), 1).getRefusal().getCode()).isEqualTo(RefusalCode.CONFLICT);
    put(standby("file:///t").setPromotion(promotion.setEpoch(3)), 1);
    assertThat(put(RoleRecord.newBuilder().setEpoch(3), 2).hasRefusal()).isFalse();
  }

  @Test
  void putRole_epoch_neverGoesBack() {
    put(standby("file:///t").setEpoch(3), 0);
    assertThat(put(RoleRecord.newBuilder().setEpoch(1), 1).getRole().getEpoch()).isEqualTo(3);
  }

  @Test
  void putRole_standbyOfNobody_isInvalid() {
    assertThat(put(RoleRecord.newBuilder().setRole(Role.STANDBY), 0).getRefusal().getCode())
        .isEqualTo(RefusalCode.INVALID_ARGUMENT);
  }

  @Test
  void takeover_isKept_untilItFollowsAgain() {
    Takeover takeover = Takeover.newBuilder().setSetId("s1").setCutMs(7).build();
    put(RoleRecord.newBuilder().setTakeover(takeover), 0);
    assertThat(put(RoleRecord.newBuilder().setEpoch(2), 1).getRole().getTakeover())
        .isEqualTo(takeover);
    assertThat(put(standby("file:///a"), 2).getRole().hasTakeover()).isFalse();
  }
}

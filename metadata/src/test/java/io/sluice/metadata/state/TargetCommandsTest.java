package io.sluice.metadata.state;

import static io.sluice.metadata.state.Shard.code;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.sluice.storage.proto.AbandonBackup;
import io.sluice.storage.proto.AlertsSent;
import io.sluice.storage.proto.BackupJob;
import io.sluice.storage.proto.BackupKind;
import io.sluice.storage.proto.BackupPoint;
import io.sluice.storage.proto.BackupSchedule;
import io.sluice.storage.proto.BeginBackup;
import io.sluice.storage.proto.Command;
import io.sluice.storage.proto.CompleteBackup;
import io.sluice.storage.proto.LastDrill;
import io.sluice.storage.proto.LastRestore;
import io.sluice.storage.proto.LastVerification;
import io.sluice.storage.proto.ListTargets;
import io.sluice.storage.proto.MarkBackupLost;
import io.sluice.storage.proto.NoteTarget;
import io.sluice.storage.proto.Outcome;
import io.sluice.storage.proto.PutTarget;
import io.sluice.storage.proto.Query;
import io.sluice.storage.proto.RecordBackup;
import io.sluice.storage.proto.RefusalCode;
import io.sluice.storage.proto.RemoveTarget;
import io.sluice.storage.proto.ShardPosition;
import io.sluice.storage.proto.TargetRecord;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Where backups go, who makes one, and how far they are: never further than what is complete. */
class TargetCommandsTest {
  private static final long LEASE_MS = 30_000;

  private Shard shard;

  @BeforeEach
  void open(@TempDir Path directory) {
    shard = Shard.withHistory(directory);
    put(settings("t", "file:///one"), 0);
  }

  @AfterEach
  void close() {
    shard.close();
  }

  private static TargetRecord.Builder settings(String name, String url) {
    return TargetRecord.newBuilder().setName(name).setUrl(url).setKeyFile("/etc/sluice/key");
  }

  private Outcome put(TargetRecord.Builder settings, long revision) {
    return shard.apply(
        Command.newBuilder()
            .setPutTarget(
                PutTarget.newBuilder().setTarget(settings).setExpectedRevision(revision)));
  }

  private static BeginBackup.Builder begin(String run, BackupKind kind, String set) {
    return BeginBackup.newBuilder()
        .setTarget("t")
        .setRunId(run)
        .setKind(kind)
        .setSetId(set)
        .setOwner("node of " + run)
        .setLeaseMs(LEASE_MS);
  }

  private Outcome apply(BeginBackup.Builder begin) {
    return shard.apply(Command.newBuilder().setBeginBackup(begin));
  }

  private static RecordBackup.Builder record(String run) {
    return RecordBackup.newBuilder().setTarget("t").setRunId(run).setLeaseMs(LEASE_MS);
  }

  private Outcome apply(RecordBackup.Builder record) {
    return shard.apply(Command.newBuilder().setRecordBackup(record));
  }

  private static List<ShardPosition> cut(long... indexes) {
    return IntStream.range(0, indexes.length)
        .mapToObj(
            i -> ShardPosition.newBuilder().setShard(i).setPosition(Shard.at(indexes[i])).build())
        .toList();
  }

  private Outcome complete(String run, String set) {
    return shard.apply(
        Command.newBuilder()
            .setCompleteBackup(
                CompleteBackup.newBuilder().setTarget("t").setRunId(run).setSetId(set)));
  }

  private Outcome abandon(String run) {
    return shard.apply(
        Command.newBuilder()
            .setAbandonBackup(AbandonBackup.newBuilder().setTarget("t").setRunId(run)));
  }

  private void markLost(String set) {
    shard.apply(
        Command.newBuilder()
            .setMarkBackupLost(MarkBackupLost.newBuilder().setTarget("t").setSetId(set)));
  }

  private void backUp(String run, BackupKind kind, String set, long... cut) {
    assertThat(apply(begin(run, kind, set)).hasTarget()).isTrue();
    assertThat(apply(record(run).addAllCut(cut(cut))).hasTarget()).isTrue();
    assertThat(complete(run, set).hasTarget()).isTrue();
  }

  private List<TargetRecord> all() {
    return shard
        .ask(Query.newBuilder().setListTargets(ListTargets.getDefaultInstance()))
        .getTargets()
        .getTargetsList();
  }

  private TargetRecord target() {
    return all().get(0);
  }

  @Test
  void putTarget_hasTheRevisionItWasSetBy_andNothingThatIsNotSet() {
    TargetRecord.Builder forged =
        settings("u", "file:///u")
            .setRevision(7)
            .setCreatedMs(7)
            .setJob(BackupJob.newBuilder().setRunId("r"))
            .setLast(BackupPoint.newBuilder().setSetId("s"))
            .setLastFull(BackupPoint.newBuilder().setSetId("s"));
    TargetRecord put = put(forged, 0).getTarget();
    assertThat(put)
        .isEqualTo(settings("u", "file:///u").setRevision(1).setCreatedMs(shard.nowMs()).build());
    assertThat(all()).extracting(TargetRecord::getName).containsExactly("t", "u");
    assertThat(code(put(settings("u", "file:///u"), 0))).isEqualTo(RefusalCode.CONFLICT);
    assertThat(code(put(settings("u", "file:///u"), 2))).isEqualTo(RefusalCode.CONFLICT);
    assertThat(put(settings("u", "file:///u").setStorageClass("COLD"), 1).getTarget())
        .isEqualTo(put.toBuilder().setStorageClass("COLD").setRevision(2).build());
  }

  @Test
  void putTarget_tooMany_orNoTarget_isRefused() {
    for (int i = 1; i < 100; i++) {
      assertThat(put(settings("t" + i, "file:///t"), 0).hasTarget()).isTrue();
    }
    assertThat(code(put(settings("one more", "file:///t"), 0))).isEqualTo(RefusalCode.TOO_MANY);
    assertThat(code(put(settings("", "file:///t"), 0))).isEqualTo(RefusalCode.INVALID_ARGUMENT);
    assertThat(code(put(settings("x".repeat(65), "file:///t"), 0)))
        .isEqualTo(RefusalCode.INVALID_ARGUMENT);
    assertThat(code(put(settings("t", ""), 1))).isEqualTo(RefusalCode.INVALID_ARGUMENT);
    assertThat(code(put(settings("t", "x".repeat(70_000)), 1)))
        .isEqualTo(RefusalCode.INVALID_ARGUMENT);
  }

  /** What lies at the old place is nothing that a set at the new one could build on. */
  @Test
  void putTarget_anotherUrl_beginsWithAFullOne_andWaitsForTheJob() {
    backUp("r1", BackupKind.BACKUP_FULL, "s1", 5);
    put(settings("t", "file:///one").setBytesPerSecondMax(1), 1);
    assertThat(target().getLast().getSetId()).isEqualTo("s1");
    assertThat(target().getLastFull().getSetId()).isEqualTo("s1");
    apply(begin("r2", BackupKind.BACKUP_INCREMENTAL, "s2"));
    assertThat(put(settings("t", "file:///one"), 2).getTarget().getJob().getRunId())
        .isEqualTo("r2");
    assertThat(code(put(settings("t", "file:///two"), 3))).isEqualTo(RefusalCode.CONFLICT);
    shard.passMs(LEASE_MS);
    assertThat(put(settings("t", "file:///two"), 3).hasTarget()).isTrue();
    assertThat(target().hasLast()).isFalse();
    assertThat(target().hasLastFull()).isFalse();
    assertThat(target().hasJob()).isFalse();
    assertThat(code(apply(begin("r3", BackupKind.BACKUP_INCREMENTAL, "s3"))))
        .isEqualTo(RefusalCode.BACKUP_LOST);
  }

  @Test
  void removeTarget_isGone_andItsJobWithIt() {
    apply(begin("r1", BackupKind.BACKUP_FULL, "s1"));
    Command.Builder remove =
        Command.newBuilder().setRemoveTarget(RemoveTarget.newBuilder().setName("t"));
    assertThat(shard.apply(remove.clone()).hasDone()).isTrue();
    assertThat(all()).isEmpty();
    assertThat(code(shard.apply(remove.clone()))).isEqualTo(RefusalCode.NO_SUCH_TARGET);
    assertThat(code(apply(record("r1")))).isEqualTo(RefusalCode.NO_SUCH_TARGET);
    assertThat(code(complete("r1", "s1"))).isEqualTo(RefusalCode.NO_SUCH_TARGET);
  }

  @Test
  void beginBackup_oneAtATime_alsoWhenItsLeaseIsOver() {
    BackupJob job = apply(begin("r1", BackupKind.BACKUP_FULL, "s1")).getTarget().getJob();
    assertThat(job.getLeaseUntilMs()).isEqualTo(shard.nowMs() + LEASE_MS);
    assertThat(job.getLeaseMs()).isEqualTo(LEASE_MS);
    assertThat(job.getOwner()).isEqualTo("node of r1");
    assertThat(code(apply(begin("r2", BackupKind.BACKUP_FULL, "s2"))))
        .isEqualTo(RefusalCode.CONFLICT);
    shard.passMs(2 * LEASE_MS);
    assertThat(code(apply(begin("r2", BackupKind.BACKUP_FULL, "s2"))))
        .as("who asks for another set does not undo what waits or is being made")
        .isEqualTo(RefusalCode.CONFLICT);
    assertThat(target().getJob().getSetId()).isEqualTo("s1");
    apply(begin("r2", BackupKind.BACKUP_FULL, "s2").setContinues("r1"));
    assertThat(code(apply(record("r1")))).isEqualTo(RefusalCode.BACKUP_TAKEN_OVER);
    assertThat(code(complete("r1", "s1"))).isEqualTo(RefusalCode.BACKUP_TAKEN_OVER);
    assertThat(code(abandon("r1"))).isEqualTo(RefusalCode.BACKUP_TAKEN_OVER);
    assertThat(target().getJob().getRunId()).isEqualTo("r2");
  }

  @Test
  void beginBackup_again_renewsTheLease_andIsTheSameSet() {
    BackupJob job = apply(begin("r1", BackupKind.BACKUP_FULL, "s1")).getTarget().getJob();
    shard.passMs(1_000);
    BackupJob again = apply(begin("r1", BackupKind.BACKUP_FULL, "other")).getTarget().getJob();
    assertThat(again).isEqualTo(job.toBuilder().setLeaseUntilMs(again.getLeaseUntilMs()).build());
    assertThat(again.getLeaseUntilMs()).isGreaterThan(job.getLeaseUntilMs() + 999);
  }

  /** Who takes it for dead looked some time ago. */
  @Test
  void beginBackup_continuesARun_thatRenewedItsLeaseMeanwhile_isRefused() {
    BackupJob seen = apply(begin("r1", BackupKind.BACKUP_FULL, "s1")).getTarget().getJob();
    shard.passMs(1_000);
    apply(record("r1"));
    BeginBackup.Builder takeOver =
        begin("r2", BackupKind.BACKUP_FULL, "s2")
            .setContinues("r1")
            .setSeenLeaseUntilMs(seen.getLeaseUntilMs());
    assertThat(code(apply(takeOver))).isEqualTo(RefusalCode.CONFLICT);
    assertThat(target().getJob().getRunId()).isEqualTo("r1");
    takeOver.setSeenLeaseUntilMs(target().getJob().getLeaseUntilMs());
    assertThat(apply(takeOver).getTarget().getJob().getRunId()).isEqualTo("r2");
  }

  /** The shard's time is ahead for good once a leader's clock was. */
  @Test
  void completeAndAbandon_areOfTheEarlierOfTwoClocks() {
    long atMs = shard.nowMs();
    apply(begin("r1", BackupKind.BACKUP_FULL, "s1"));
    shard.passMs(86_400_000);
    shard.apply(
        Command.newBuilder()
            .setAbandonBackup(
                AbandonBackup.newBuilder().setTarget("t").setRunId("r1").setAtMs(atMs)));
    assertThat(target().getLastFailure().getAtMs()).isEqualTo(atMs);
    apply(begin("r2", BackupKind.BACKUP_FULL, "s2"));
    apply(record("r2").addAllCut(cut(4)));
    shard.apply(
        Command.newBuilder()
            .setCompleteBackup(
                CompleteBackup.newBuilder()
                    .setTarget("t")
                    .setRunId("r2")
                    .setSetId("s2")
                    .setAtMs(atMs)));
    assertThat(target().getLast().getCompletedMs()).isEqualTo(atMs);
  }

  /** A leader that was taken for dead can't write what it does not know is another's by now. */
  @Test
  void beginBackup_continuesARun_hasItsSetAndProgress_andKeepsTheOldOneOut() {
    apply(begin("r1", BackupKind.BACKUP_FULL, "s1"));
    apply(record("r1").addAllCut(cut(4, 5)).setProgress(ByteString.copyFromUtf8("three packs")));
    BackupJob before = target().getJob();
    BackupJob taken =
        apply(begin("r2", BackupKind.BACKUP_INCREMENTAL, "s2").setContinues("r1"))
            .getTarget()
            .getJob();
    assertThat(taken)
        .isEqualTo(
            before.toBuilder()
                .setRunId("r2")
                .setOwner("node of r2")
                .setLeaseUntilMs(taken.getLeaseUntilMs())
                .build());
    assertThat(code(apply(record("r1").setProgress(ByteString.copyFromUtf8("two packs")))))
        .isEqualTo(RefusalCode.BACKUP_TAKEN_OVER);
    assertThat(code(complete("r1", "s1"))).isEqualTo(RefusalCode.BACKUP_TAKEN_OVER);
    assertThat(target().getJob().getProgress().toStringUtf8()).isEqualTo("three packs");
    assertThat(code(apply(begin("r3", BackupKind.BACKUP_FULL, "s3").setContinues("r1"))))
        .as("a run that has no job any more")
        .isEqualTo(RefusalCode.BACKUP_TAKEN_OVER);
    assertThat(complete("r2", "s1").getTarget().getLast().getPositionsList()).isEqualTo(cut(4, 5));
    assertThat(code(apply(begin("r3", BackupKind.BACKUP_FULL, "s3").setContinues("r2"))))
        .isEqualTo(RefusalCode.BACKUP_TAKEN_OVER);
  }

  @Test
  void beginBackup_whatCanNotBe_isRefused() {
    assertThat(code(apply(begin("r", BackupKind.BACKUP_FULL, "s").setTarget("none"))))
        .isEqualTo(RefusalCode.NO_SUCH_TARGET);
    assertThat(code(apply(begin("", BackupKind.BACKUP_FULL, "s"))))
        .isEqualTo(RefusalCode.INVALID_ARGUMENT);
    assertThat(code(apply(begin("x".repeat(41), BackupKind.BACKUP_FULL, "s"))))
        .isEqualTo(RefusalCode.INVALID_ARGUMENT);
    assertThat(code(apply(begin("r", BackupKind.BACKUP_FULL, ""))))
        .isEqualTo(RefusalCode.INVALID_ARGUMENT);
    assertThat(code(apply(begin("r", BackupKind.BACKUP_FULL, "s").setLeaseMs(0))))
        .isEqualTo(RefusalCode.INVALID_ARGUMENT);
    assertThat(code(apply(begin("r", BackupKind.BACKUP_FULL, "s").setLeaseMs(600_001))))
        .isEqualTo(RefusalCode.INVALID_ARGUMENT);
    for (BackupKind kind :
        List.of(
            BackupKind.BACKUP_INCREMENTAL,
            BackupKind.BACKUP_DIFFERENTIAL,
            BackupKind.BACKUP_SYNTHETIC_FULL)) {
      assertThat(code(apply(begin("r", kind, "s"))))
          .as("%s of nothing", kind)
          .isEqualTo(RefusalCode.BACKUP_LOST);
    }
    backUp("r1", BackupKind.BACKUP_FULL, "s1", 5);
    assertThat(code(apply(begin("r2", BackupKind.BACKUP_FULL, "s1"))))
        .isEqualTo(RefusalCode.INVALID_ARGUMENT);
  }

  @Test
  void recordBackup_progressAndCut_eachAsTheyAre_unlessGiven() {
    apply(begin("r1", BackupKind.BACKUP_FULL, "s1"));
    ByteString progress = ByteString.copyFromUtf8("one pack");
    apply(record("r1").setProgress(progress));
    apply(record("r1").addAllCut(cut(4, 5)));
    apply(record("r1"));
    assertThat(target().getJob().getProgress()).isEqualTo(progress);
    assertThat(target().getJob().getCutList()).isEqualTo(cut(4, 5));
    assertThat(apply(record("r1").addAllCut(cut(4, 5))).hasTarget()).isTrue();
    assertThat(code(apply(record("r1").addAllCut(cut(4, 6))))).isEqualTo(RefusalCode.CONFLICT);
    assertThat(code(apply(record("r1").setProgress(ByteString.copyFrom(new byte[(64 << 10) + 1])))))
        .isEqualTo(RefusalCode.INVALID_ARGUMENT);
    assertThat(apply(record("r1").setProgress(ByteString.EMPTY)).hasTarget()).isTrue();
    assertThat(target().getJob().getProgress()).isEmpty();
  }

  @Test
  void completeBackup_movesThePositionToTheRecordedCut_andOnlyThere() {
    apply(begin("r1", BackupKind.BACKUP_FULL, "s1"));
    assertThat(code(complete("r1", "s1"))).as("no cut").isEqualTo(RefusalCode.CONFLICT);
    apply(record("r1").addAllCut(cut(4, 5)));
    long cutMs = shard.nowMs();
    assertThat(code(complete("r1", "s2"))).as("another set").isEqualTo(RefusalCode.CONFLICT);
    assertThat(code(complete("r2", "s1")))
        .as("another run")
        .isEqualTo(RefusalCode.BACKUP_TAKEN_OVER);
    assertThat(target().hasLast()).isFalse();
    TargetRecord completed = complete("r1", "s1").getTarget();
    assertThat(completed.hasJob()).isFalse();
    assertThat(completed.getLast())
        .isEqualTo(
            BackupPoint.newBuilder()
                .setSetId("s1")
                .setKind(BackupKind.BACKUP_FULL)
                .addAllPositions(cut(4, 5))
                .setCompletedMs(shard.nowMs())
                .setCutMs(cutMs)
                .build());
    assertThat(completed.getLastFull()).isEqualTo(completed.getLast());
    shard.passMs(5);
    assertThat(complete("r1", "s1").getTarget()).as("again").isEqualTo(completed);
  }

  @Test
  void completeBackup_incremental_leavesTheLastFull_syntheticIsOne() {
    backUp("r1", BackupKind.BACKUP_FULL, "s1", 4);
    backUp("r2", BackupKind.BACKUP_INCREMENTAL, "s2", 6);
    backUp("r3", BackupKind.BACKUP_DIFFERENTIAL, "s3", 6);
    assertThat(target().getLast().getSetId()).isEqualTo("s3");
    assertThat(target().getLastFull().getSetId()).isEqualTo("s1");
    backUp("r4", BackupKind.BACKUP_SYNTHETIC_FULL, "s4", 6);
    assertThat(target().getLastFull()).isEqualTo(target().getLast());
  }

  @Test
  void completeBackup_behindTheLastOneInAnyShard_isRefused() {
    backUp("r1", BackupKind.BACKUP_FULL, "s1", 4, 7);
    for (List<ShardPosition> behind : List.of(cut(9, 6), cut(3, 9), cut(9))) {
      apply(begin("r2", BackupKind.BACKUP_INCREMENTAL, "s2"));
      apply(record("r2").addAllCut(behind));
      assertThat(code(complete("r2", "s2"))).isEqualTo(RefusalCode.CONFLICT);
      assertThat(abandon("r2").hasDone()).isTrue();
    }
    assertThat(target().getLast().getSetId()).isEqualTo("s1");
    backUp("r3", BackupKind.BACKUP_INCREMENTAL, "s3", 4, 7);
  }

  @Test
  void abandonBackup_thePositionStays_andAnotherCanBegin() {
    backUp("r1", BackupKind.BACKUP_FULL, "s1", 4);
    apply(begin("r2", BackupKind.BACKUP_INCREMENTAL, "s2"));
    apply(record("r2").addAllCut(cut(9)));
    assertThat(abandon("r2").hasDone()).isTrue();
    assertThat(abandon("r2").hasDone()).as("again").isTrue();
    assertThat(target().hasJob()).isFalse();
    assertThat(target().getLast().getPositionsList()).isEqualTo(cut(4));
    assertThat(apply(begin("r3", BackupKind.BACKUP_FULL, "s3")).hasTarget()).isTrue();
  }

  @Test
  void markBackupLost_nothingBuildsOnIt_andAnotherSetIsNotMeant() {
    backUp("r1", BackupKind.BACKUP_FULL, "s1", 4);
    backUp("r2", BackupKind.BACKUP_INCREMENTAL, "s2", 6);
    markLost("s1");
    assertThat(target().getLastFull().getLost()).isTrue();
    assertThat(target().getLast().getLost()).isFalse();
    assertThat(code(apply(begin("r3", BackupKind.BACKUP_DIFFERENTIAL, "s3"))))
        .isEqualTo(RefusalCode.BACKUP_LOST);
    backUp("r3", BackupKind.BACKUP_INCREMENTAL, "s3", 7);
    markLost("s2"); // it was succeeded meanwhile
    assertThat(target().getLast().getLost()).isFalse();
    markLost("s3");
    assertThat(target().getLast().getLost()).isTrue();
    assertThat(code(apply(begin("r4", BackupKind.BACKUP_INCREMENTAL, "s4"))))
        .isEqualTo(RefusalCode.BACKUP_LOST);
    backUp("r4", BackupKind.BACKUP_FULL, "s4", 9);
    assertThat(target().getLast().getLost()).isFalse();
    assertThat(target().getLastFull().getLost()).isFalse();
  }

  @Test
  void abandonBackup_countsFailures_untilOneIsComplete() {
    for (int i = 1; i <= 2; i++) {
      apply(begin("r" + i, BackupKind.BACKUP_FULL, "s" + i));
      abandon("r" + i);
      assertThat(target().getLastFailure().getCount()).isEqualTo(i);
    }
    put(settings("t", "file:///one").setRpoSeconds(60), 1);
    assertThat(target().getLastFailure().getCount()).as("whatever is set").isEqualTo(2);
    backUp("r3", BackupKind.BACKUP_FULL, "s3", 4);
    apply(begin("r4", BackupKind.BACKUP_FULL, "s4"));
    abandon("r4");
    assertThat(target().getLastFailure().getCount()).isEqualTo(1);
  }

  /** Incremental ones that succeed say nothing of full ones that fail. */
  @Test
  void failures_areOfEachKind_untilASetIsCompleteThatServesIt() {
    backUp("r1", BackupKind.BACKUP_FULL, "s1", 4);
    apply(begin("r2", BackupKind.BACKUP_FULL, "s2"));
    abandon("r2");
    apply(begin("r3", BackupKind.BACKUP_INCREMENTAL, "s3"));
    abandon("r3");
    assertThat(target().getLastFailure().getSetId()).isEqualTo("s3");
    assertThat(target().getLastFailure().getCount()).isEqualTo(1);
    backUp("r4", BackupKind.BACKUP_INCREMENTAL, "s4", 5);
    assertThat(target().getLastFailure().getSetId()).as("of a full one").isEqualTo("s2");
    apply(begin("r5", BackupKind.BACKUP_FULL, "s5"));
    abandon("r5");
    assertThat(target().getLastFailure().getCount()).isEqualTo(2);
    put(settings("t", "file:///one").setRpoSeconds(60), 1);
    assertThat(target().getFailuresList()).containsExactly(target().getLastFailure());
    backUp("r6", BackupKind.BACKUP_FULL, "s6", 6);
    assertThat(target().hasLastFailure()).isFalse();
    assertThat(target().getFailuresList()).isEmpty();
  }

  @Test
  void putTarget_schedules_countFromWhenTheyWereAdded() {
    BackupSchedule.Builder schedule = BackupSchedule.newBuilder().setId(1).setCron("0 3 * * *");
    BackupSchedule added =
        put(settings("t", "file:///one").addSchedules(schedule), 1).getTarget().getSchedules(0);
    assertThat(added).isEqualTo(schedule.setSinceMs(shard.nowMs()).build());
    shard.passMs(1_000);
    TargetRecord changed = put(target().toBuilder().setRpoSeconds(60), 2).getTarget();
    assertThat(changed.getSchedulesList()).containsExactly(added);
    TargetRecord.Builder many = settings("t", "file:///one");
    for (int i = 0; i < 33; i++) {
      many.addSchedules(schedule);
    }
    assertThat(code(put(many, 3))).isEqualTo(RefusalCode.TOO_MANY);
  }

  @Test
  void completeBackup_saysOfWhichMomentItIs_andWhatARestoreReads() {
    apply(begin("r1", BackupKind.BACKUP_FULL, "s1"));
    apply(record("r1").addAllCut(cut(4)));
    complete("r1", "s1", 1_000);
    apply(begin("r2", BackupKind.BACKUP_INCREMENTAL, "s2"));
    apply(record("r2").addAllCut(cut(5)));
    long cutMs = shard.nowMs();
    shard.passMs(1_000);
    complete("r2", "s2", 10);
    assertThat(target().getLast().getCutMs()).isEqualTo(cutMs);
    assertThat(target().getLastIncrementalMs()).isEqualTo(cutMs);
    assertThat(target().getLast().getRestoreBytes()).isEqualTo(1_010);
    apply(begin("r3", BackupKind.BACKUP_DIFFERENTIAL, "s3"));
    apply(record("r3").addAllCut(cut(6)));
    complete("r3", "s3", 20);
    assertThat(target().getLastDifferentialMs()).isGreaterThan(cutMs);
    assertThat(target().getLast().getRestoreBytes()).isEqualTo(1_020);
  }

  private void complete(String run, String set, long bytes) {
    shard.apply(
        Command.newBuilder()
            .setCompleteBackup(
                CompleteBackup.newBuilder()
                    .setTarget("t")
                    .setRunId(run)
                    .setSetId(set)
                    .setObjectBytes(bytes)));
  }

  @Test
  void noteTarget_setsWhatIsGiven_ofThatPlaceOnly() {
    note(NoteTarget.newBuilder().setVerified(LastVerification.newBuilder().setObjects(7)));
    note(NoteTarget.newBuilder().setRestored(LastRestore.newBuilder().setBytes(8)));
    note(NoteTarget.newBuilder().setAlerts(AlertsSent.newBuilder().setRpo(true)));
    assertThat(target().getLastVerified().getObjects()).isEqualTo(7);
    assertThat(target().getLastVerified().getAtMs()).isPositive();
    assertThat(target().getLastRestore().getBytes()).isEqualTo(8);
    assertThat(target().getAlerts().getRpo()).isTrue();
    note(NoteTarget.newBuilder().setDrilled(LastDrill.newBuilder().setObjects(9)));
    note(NoteTarget.newBuilder().setDrilled(LastDrill.newBuilder().setProblem("it is not there")));
    assertThat(target().getLastDrill().getProblem()).isEqualTo("it is not there");
    assertThat(target().getLastDrill().getAtMs()).isPositive();
    assertThat(target().getLastGoodDrill().getObjects()).isEqualTo(9);
    put(settings("t", "file:///one").setAlerts(AlertsSent.getDefaultInstance()), 1);
    assertThat(target().hasLastDrill() && target().hasLastGoodDrill()).isTrue();
    assertThat(target().getAlerts().getRpo()).as("not what an operator sets").isTrue();
    put(settings("t", "file:///two"), 2);
    assertThat(target().hasLastVerified()).isFalse();
    assertThat(target().hasLastDrill() || target().hasLastGoodDrill()).isFalse();
    note(NoteTarget.newBuilder().setRestored(LastRestore.newBuilder().setBytes(9)));
    assertThat(target().hasLastRestore()).as("of the other place").isFalse();
  }

  private void note(NoteTarget.Builder note) {
    shard.apply(Command.newBuilder().setNoteTarget(note.setTarget("t").setUrl("file:///one")));
  }

  @Test
  void commands_beforeTheFormatIsActive_areRefused(@TempDir Path other) {
    try (Shard older = new Shard(other)) {
      assertThat(
              code(
                  older.apply(
                      Command.newBuilder()
                          .setPutTarget(
                              PutTarget.newBuilder().setTarget(settings("t", "file:///t"))))))
          .isEqualTo(RefusalCode.FORMAT_NOT_ACTIVE);
    }
  }
}

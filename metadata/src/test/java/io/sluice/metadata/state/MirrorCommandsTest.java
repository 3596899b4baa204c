package io.sluice.metadata.state;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.sluice.storage.proto.Command;
import io.sluice.storage.proto.ListMirrors;
import io.sluice.storage.proto.MarkMirrorLost;
import io.sluice.storage.proto.MirrorFailure;
import io.sluice.storage.proto.MirrorProgress;
import io.sluice.storage.proto.MirrorRecord;
import io.sluice.storage.proto.Outcome;
import io.sluice.storage.proto.PutMirror;
import io.sluice.storage.proto.Query;
import io.sluice.storage.proto.RecordMirror;
import io.sluice.storage.proto.RefusalCode;
import io.sluice.storage.proto.RemoveMirror;
import io.sluice.storage.proto.TakeMirror;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Who mirrors a bucket, and how far that is: nobody but who has it says so, and never backwards.
 */
class MirrorCommandsTest {
  private static final long LEASE_MS = 30_000;

  private Shard shard;

  @BeforeEach
  void open(@TempDir Path directory) {
    shard = Shard.withHistory(directory);
    put("m", 0);
  }

  @AfterEach
  void close() {
    shard.close();
  }

  private Outcome put(String name, long deleteDelayMs) {
    return shard.apply(
        Command.newBuilder()
            .setPutMirror(
                PutMirror.newBuilder()
                    .setMirror(
                        MirrorRecord.newBuilder()
                            .setName(name)
                            .setBucket("b")
                            .setBucketId(7)
                            .setShard(1)
                            .setUrl("s3://there")
                            .setDeleteDelayMs(deleteDelayMs)
                            .setRunId("not said by an operator"))));
  }

  private Outcome take(String run, long seen) {
    return shard.apply(
        Command.newBuilder()
            .setTakeMirror(
                TakeMirror.newBuilder()
                    .setName("m")
                    .setRunId(run)
                    .setOwner("node of " + run)
                    .setLeaseMs(LEASE_MS)
                    .setSeenLeaseUntilMs(seen)));
  }

  private Outcome record(String run, MirrorProgress.Builder progress, boolean begins) {
    return shard.apply(
        Command.newBuilder()
            .setRecordMirror(
                RecordMirror.newBuilder()
                    .setName("m")
                    .setRunId(run)
                    .setLeaseMs(LEASE_MS)
                    .setProgress(progress)
                    .setBeginsComparison(begins)));
  }

  private static MirrorProgress.Builder at(long index) {
    return MirrorProgress.newBuilder().setPosition(Shard.at(index)).setReadTo(Shard.at(index));
  }

  private MirrorRecord mirror() {
    return shard
        .ask(Query.newBuilder().setListMirrors(ListMirrors.getDefaultInstance()))
        .getMirrors()
        .getMirrors(0);
  }

  private static RefusalCode code(Outcome outcome) {
    return outcome.getRefusal().getCode();
  }

  @Test
  void putMirror_again_isRefusedAndNothingIsTakenFromAnOperator() {
    assertThat(code(put("m", 0))).isEqualTo(RefusalCode.CONFLICT);
    assertThat(mirror().getRunId()).isEmpty();
    assertThat(mirror().hasNeeds()).isFalse();
    for (int i = 1; i < 16; i++) {
      assertThat(put("m" + i, 0).hasMirror()).isTrue();
    }
    assertThat(code(put("one too many", 0))).isEqualTo(RefusalCode.TOO_MANY);
  }

  /** Each would take the other's objects for what is there under its own keys. */
  @Test
  void putMirror_ofAnotherBucketAtThatPlace_isRefused() {
    assertThat(code(putOther("x", "s3://there/below?region=r"))).isEqualTo(RefusalCode.CONFLICT);
    assertThat(code(putOther("x", "s3://there/"))).isEqualTo(RefusalCode.CONFLICT);
    assertThat(putOther("x", "s3://there/below?endpoint=http://h:1").hasMirror()).isTrue();
    assertThat(putOther("y", "file:///there").hasMirror()).isTrue();
    assertThat(putOther("z", "s3://there-too").hasMirror()).isTrue();
  }

  private Outcome putOther(String name, String url) {
    return shard.apply(
        Command.newBuilder()
            .setPutMirror(
                PutMirror.newBuilder()
                    .setMirror(
                        MirrorRecord.newBuilder()
                            .setName(name)
                            .setBucket("other")
                            .setBucketId(8)
                            .setShard(1)
                            .setUrl(url))));
  }

  @Test
  void removeMirror_thenItsRun_isTold() {
    take("r1", 0);
    shard.apply(Command.newBuilder().setRemoveMirror(RemoveMirror.newBuilder().setName("m")));
    assertThat(code(record("r1", at(5), true))).isEqualTo(RefusalCode.NO_SUCH_MIRROR);
  }

  @Test
  void takeMirror_whileTheLeaseLasts_isRefusedToOthers() {
    assertThat(take("r1", 0).getMirror().getOwner()).isEqualTo("node of r1");
    assertThat(code(take("r2", 0))).isEqualTo(RefusalCode.CONFLICT);
    assertThat(take("r1", 0).hasMirror()).isTrue();
  }

  @Test
  void takeMirror_leaseStoodStill_fencesWhoHadIt() {
    take("r1", 0);
    record("r1", at(5), true);
    assertThat(take("r2", mirror().getLeaseUntilMs()).getMirror().getProgress().getReadTo())
        .isEqualTo(Shard.at(5));
    assertThat(code(record("r1", at(6), false))).isEqualTo(RefusalCode.MIRROR_TAKEN_OVER);
    assertThat(record("r2", at(6), false).hasMirror()).isTrue();
  }

  @Test
  void recordMirror_backwards_isRefusedUnlessAComparisonBegins() {
    take("r1", 0);
    record("r1", at(5), true);
    assertThat(code(record("r1", at(4), false))).isEqualTo(RefusalCode.CONFLICT);
    assertThat(mirror().getNeeds()).isEqualTo(Shard.at(5));
    MirrorProgress.Builder anew = at(5).clearReadTo().setComparedSince(Shard.at(9));
    assertThat(record("r1", anew, true).hasMirror()).isTrue();
    assertThat(mirror().getNeeds()).isEqualTo(Shard.at(9));
  }

  @Test
  void recordMirror_moreThanIsKept_isRefused() {
    take("r1", 0);
    MirrorProgress.Builder much = at(5);
    for (int i = 0; i < 101; i++) {
      much.addFailing(MirrorFailure.newBuilder().setKey(ByteString.copyFromUtf8("k" + i)));
    }
    assertThat(code(record("r1", much, false))).isEqualTo(RefusalCode.INVALID_ARGUMENT);
  }

  @Test
  void markMirrorLost_whatItNeeds_staysSoUntilItCompares() {
    take("r1", 0);
    record("r1", at(5), true);
    markLost(4);
    assertThat(mirror().getProgress().getLost()).isFalse();
    markLost(5);
    assertThat(mirror().getProgress().getLost()).isTrue();
    assertThat(mirror().hasNeeds()).isFalse();
    record("r1", at(6), false);
    assertThat(mirror().getProgress().getLost()).isTrue();
    record("r1", MirrorProgress.newBuilder().setComparedSince(Shard.at(9)), true);
    assertThat(mirror().getProgress().getLost()).isFalse();
  }

  private void markLost(long needs) {
    shard.apply(
        Command.newBuilder()
            .setMarkMirrorLost(MarkMirrorLost.newBuilder().setName("m").setNeeds(Shard.at(needs))));
  }

  @Test
  void needs_delayedDeletes_areFromWhereTheyWereRead() {
    shard.apply(Command.newBuilder().setRemoveMirror(RemoveMirror.newBuilder().setName("m")));
    put("m", 1_000);
    take("r1", 0);
    record("r1", at(9).setDeletedTo(Shard.at(3)), true);
    assertThat(mirror().getNeeds()).isEqualTo(Shard.at(3));
  }
}

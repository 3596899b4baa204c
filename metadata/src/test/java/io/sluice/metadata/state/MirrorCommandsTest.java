package io.sluice.metadata.state;

import static io.sluice.metadata.state.Shard.code;
import static io.sluice.metadata.state.TestMirror.at;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.sluice.storage.proto.Command;
import io.sluice.storage.proto.MarkMirrorLost;
import io.sluice.storage.proto.MirrorFailure;
import io.sluice.storage.proto.MirrorProgress;
import io.sluice.storage.proto.Outcome;
import io.sluice.storage.proto.RefusalCode;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Who mirrors a bucket, and how far that is: nobody but who has it says so, and never backwards.
 */
class MirrorCommandsTest {
  private Shard shard;
  private TestMirror mirror;

  @BeforeEach
  void open(@TempDir Path directory) {
    shard = Shard.withHistory(directory);
    mirror = new TestMirror(shard);
    put("m", 0);
  }

  @AfterEach
  void close() {
    shard.close();
  }

  private Outcome put(String name, long deleteDelayMs) {
    return mirror.put(
        TestMirror.of("b", 7)
            .setName(name)
            .setDeleteDelayMs(deleteDelayMs)
            .setRunId("not said by an operator"));
  }

  @Test
  void putMirror_again_isRefusedAndNothingIsTakenFromAnOperator() {
    assertThat(code(put("m", 0))).isEqualTo(RefusalCode.CONFLICT);
    assertThat(mirror.get().getRunId()).isEmpty();
    assertThat(mirror.get().hasNeeds()).isFalse();
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
    return mirror.put(TestMirror.of("other", 8).setName(name).setUrl(url));
  }

  @Test
  void removeMirror_thenItsRun_isTold() {
    mirror.take("r1");
    mirror.remove();
    assertThat(code(mirror.recordBeginning("r1", at(5)))).isEqualTo(RefusalCode.NO_SUCH_MIRROR);
  }

  @Test
  void takeMirror_whileTheLeaseLasts_isRefusedToOthers() {
    assertThat(mirror.take("r1").getMirror().getOwner()).isEqualTo("node of r1");
    assertThat(code(mirror.take("r2"))).isEqualTo(RefusalCode.CONFLICT);
    assertThat(mirror.take("r1").hasMirror()).isTrue();
  }

  @Test
  void takeMirror_leaseStoodStill_fencesWhoHadIt() {
    mirror.take("r1");
    mirror.recordBeginning("r1", at(5));
    assertThat(
            mirror.take("r2", mirror.get().getLeaseUntilMs()).getMirror().getProgress().getReadTo())
        .isEqualTo(Shard.at(5));
    assertThat(code(mirror.record("r1", at(6)))).isEqualTo(RefusalCode.MIRROR_TAKEN_OVER);
    assertThat(mirror.record("r2", at(6)).hasMirror()).isTrue();
  }

  @Test
  void recordMirror_backwards_isRefusedUnlessAComparisonBegins() {
    mirror.take("r1");
    mirror.recordBeginning("r1", at(5));
    assertThat(code(mirror.record("r1", at(4)))).isEqualTo(RefusalCode.CONFLICT);
    assertThat(mirror.get().getNeeds()).isEqualTo(Shard.at(5));
    MirrorProgress.Builder anew = at(5).clearReadTo().setComparedSince(Shard.at(9));
    assertThat(mirror.recordBeginning("r1", anew).hasMirror()).isTrue();
    assertThat(mirror.get().getNeeds()).isEqualTo(Shard.at(9));
  }

  @Test
  void recordMirror_moreThanIsKept_isRefused() {
    mirror.take("r1");
    MirrorProgress.Builder much = at(5);
    for (int i = 0; i < 101; i++) {
      much.addFailing(MirrorFailure.newBuilder().setKey(ByteString.copyFromUtf8("k" + i)));
    }
    assertThat(code(mirror.record("r1", much))).isEqualTo(RefusalCode.INVALID_ARGUMENT);
  }

  @Test
  void markMirrorLost_whatItNeeds_staysSoUntilItCompares() {
    mirror.take("r1");
    mirror.recordBeginning("r1", at(5));
    markLost(4);
    assertThat(mirror.get().getProgress().getLost()).isFalse();
    markLost(5);
    assertThat(mirror.get().getProgress().getLost()).isTrue();
    assertThat(mirror.get().hasNeeds()).isFalse();
    mirror.record("r1", at(6));
    assertThat(mirror.get().getProgress().getLost()).isTrue();
    mirror.recordBeginning("r1", MirrorProgress.newBuilder().setComparedSince(Shard.at(9)));
    assertThat(mirror.get().getProgress().getLost()).isFalse();
  }

  private void markLost(long needs) {
    shard.apply(
        Command.newBuilder()
            .setMarkMirrorLost(MarkMirrorLost.newBuilder().setName("m").setNeeds(Shard.at(needs))));
  }

  @Test
  void needs_delayedDeletes_areFromWhereTheyWereRead() {
    mirror.remove();
    put("m", 1_000);
    mirror.take("r1");
    mirror.recordBeginning("r1", at(9).setDeletedTo(Shard.at(3)));
    assertThat(mirror.get().getNeeds()).isEqualTo(Shard.at(3));
  }
}

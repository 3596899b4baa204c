package io.sluice.metadata.state;

import static io.sluice.metadata.state.Shard.code;
import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.storage.proto.BeginSnapshot;
import io.sluice.storage.proto.Command;
import io.sluice.storage.proto.CompleteSnapshot;
import io.sluice.storage.proto.ListSnapshots;
import io.sluice.storage.proto.Outcome;
import io.sluice.storage.proto.Query;
import io.sluice.storage.proto.RefusalCode;
import io.sluice.storage.proto.RemoveSnapshot;
import io.sluice.storage.proto.ShardPosition;
import io.sluice.storage.proto.SnapshotRow;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What shard 0 says of snapshots. */
class SnapshotRowsTest {
  private Shard shard;

  @BeforeEach
  void open(@TempDir Path directory) {
    shard = Shard.withHistory(directory);
  }

  @AfterEach
  void close() {
    shard.close();
  }

  private Outcome begin(String id, String name, String bucket) {
    return shard.apply(
        Command.newBuilder()
            .setBeginSnapshot(
                BeginSnapshot.newBuilder().setId(id).setName(name).setBucket(bucket)));
  }

  private Outcome complete(String id, long index) {
    return shard.apply(
        Command.newBuilder()
            .setCompleteSnapshot(
                CompleteSnapshot.newBuilder()
                    .setId(id)
                    .addPositions(ShardPosition.newBuilder().setPosition(Shard.at(index)))));
  }

  private Outcome remove(String id) {
    return shard.apply(
        Command.newBuilder().setRemoveSnapshot(RemoveSnapshot.newBuilder().setId(id)));
  }

  private List<SnapshotRow> all() {
    return shard
        .ask(Query.newBuilder().setListSnapshots(ListSnapshots.getDefaultInstance()))
        .getSnapshots()
        .getSnapshotsList();
  }

  @Test
  void snapshot_begunCompletedAndRemoved_isListedMeanwhile() {
    SnapshotRow begun = begin("1", "nightly", "").getSnapshot();
    assertThat(begun.getCreatedMs()).isEqualTo(shard.nowMs());
    assertThat(all()).containsExactly(begun);
    SnapshotRow completed = complete("1", 7).getSnapshot();
    assertThat(completed.getPositions(0).getPosition()).isEqualTo(Shard.at(7));
    assertThat(all()).containsExactly(completed);
    assertThat(remove("1").hasDone()).isTrue();
    assertThat(all()).isEmpty();
    assertThat(code(remove("1"))).isEqualTo(RefusalCode.NO_SUCH_SNAPSHOT);
  }

  @Test
  void beginSnapshot_again_isTheSame_andAnotherOfTheNameIsRefused() {
    SnapshotRow begun = begin("1", "nightly", "").getSnapshot();
    shard.passMs(5);
    assertThat(begin("1", "nightly", "").getSnapshot()).isEqualTo(begun);
    assertThat(code(begin("2", "nightly", ""))).isEqualTo(RefusalCode.SNAPSHOT_EXISTS);
  }

  @Test
  void beginSnapshot_ofABucket_hasItsId_andIsRefusedWithout() {
    long id = shard.apply(Commands.createBucket("b", "ann")).getBucket().getId();
    assertThat(begin("1", "s", "b").getSnapshot().getBucketId()).isEqualTo(id);
    assertThat(code(begin("2", "t", "c"))).isEqualTo(RefusalCode.NO_SUCH_BUCKET);
  }

  @Test
  void completeSnapshot_thatWasUndone_isRefused_andTheFirstPositionsStay() {
    begin("1", "s", "");
    complete("1", 7);
    assertThat(complete("1", 8).getSnapshot().getPositions(0).getPosition()).isEqualTo(Shard.at(7));
    remove("1");
    assertThat(code(complete("1", 9))).isEqualTo(RefusalCode.NO_SUCH_SNAPSHOT);
  }
}

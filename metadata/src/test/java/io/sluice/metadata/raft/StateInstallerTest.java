package io.sluice.metadata.raft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.storage.proto.LogPosition;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import org.apache.ratis.server.protocol.TermIndex;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a crash leaves at each step is either the old state with its mark, or the new one. */
class StateInstallerTest {
  private static final int SHARD = 0;
  private static final TermIndex OLD = TermIndex.valueOf(1, 3);
  private static final TermIndex NEW = TermIndex.valueOf(4, 70);

  @TempDir Path root;
  private MetadataDirectory directory;

  @BeforeEach
  void makeOldStateAndFetchNewOne() throws IOException {
    directory = MetadataDirectory.openOrCreate(root, "a", 1);
    write(directory.state(SHARD), OLD.getIndex(), "old");
    new SnapshotMark(directory.snapshot(SHARD)).raise(OLD);
    Path incoming = installer().makeIncoming();
    write(incoming, NEW.getIndex(), "new");
    new Checkpoint(directory.identity().clusterId(), SHARD, 1, NEW).write(incoming);
  }

  @AfterEach
  void close() throws IOException {
    directory.close();
  }

  @Test
  void crash_beforeCommit_leavesTheOldState() throws IOException {
    assertThat(installer().check()).isEqualTo(NEW);
    assertStateAfterRestart(OLD, "old");
  }

  @Test
  void crash_afterCommit_leavesTheNewState() throws IOException {
    installer().check();
    installer().commit();
    assertStateAfterRestart(NEW, "new");
  }

  @Test
  void crash_whileTheOldStateIsDeleted_leavesTheNewState() throws IOException {
    installer().check();
    installer().commit();
    Files.delete(directory.state(SHARD).resolve("map"));
    assertStateAfterRestart(NEW, "new");
  }

  @Test
  void crash_beforeTheMarkIsRaised_leavesTheNewState() throws IOException {
    installer().check();
    installer().commit();
    StateInstaller.delete(directory.state(SHARD));
    Files.move(directory.installed(SHARD), directory.state(SHARD), StandardCopyOption.ATOMIC_MOVE);
    assertStateAfterRestart(NEW, "new");
  }

  @Test
  void crash_beforeTheCheckpointFileIsDeleted_leavesTheNewState() throws IOException {
    crash_beforeTheMarkIsRaised_leavesTheNewState();
    new Checkpoint(directory.identity().clusterId(), SHARD, 1, NEW).write(directory.state(SHARD));
    assertStateAfterRestart(NEW, "new");
  }

  @Test
  void check_stateOfAnotherCluster_isRefused() throws IOException {
    new Checkpoint("another", SHARD, 1, NEW).write(directory.incoming(SHARD));
    assertThatThrownBy(() -> installer().check()).isInstanceOf(IOException.class);
  }

  @Test
  void check_stateThatEndsElsewhere_isRefused() throws IOException {
    write(directory.incoming(SHARD), NEW.getIndex() - 1, "new");
    assertThatThrownBy(() -> installer().check())
        .isInstanceOf(IOException.class)
        .hasMessageContaining("goes to 69 and says that it goes to 70");
  }

  @Test
  void check_fileMissing_isRefused() throws IOException {
    Files.delete(directory.incoming(SHARD).resolve(Checkpoint.FILE));
    assertThatThrownBy(() -> installer().check()).isInstanceOf(IOException.class);
  }

  private StateInstaller installer() throws IOException {
    return new StateInstaller(
        directory,
        SHARD,
        new SnapshotMark(directory.snapshot(SHARD)),
        (path, shard) -> new MapState(path));
  }

  private void assertStateAfterRestart(TermIndex position, String value) throws IOException {
    installer().finish();
    installer().finish();
    try (MapState state = new MapState(directory.state(SHARD))) {
      assertThat(state.applied().getIndex()).isEqualTo(position.getIndex());
      assertThat(state.answer(TestNode.getQuery("k", true)).getObject().getObject().getEtag())
          .isEqualTo(value);
    }
    assertThat(new SnapshotMark(directory.snapshot(SHARD)).latest()).isEqualTo(position);
    assertThat(directory.state(SHARD).resolve(Checkpoint.FILE)).doesNotExist();
  }

  private static void write(Path place, long index, String value) throws IOException {
    Files.deleteIfExists(place.resolve("map"));
    try (MapState state = new MapState(place)) {
      state.apply(
          LogPosition.newBuilder().setEpoch(1).setIndex(index).build(),
          TestNode.putCommand("k", value));
      state.flush();
    }
  }
}

package io.sluice.metadata.state;

import static io.sluice.metadata.state.Shard.code;
import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.storage.proto.ClusterState;
import io.sluice.storage.proto.Command;
import io.sluice.storage.proto.DiskRecord;
import io.sluice.storage.proto.GetCluster;
import io.sluice.storage.proto.NodeRecord;
import io.sluice.storage.proto.Query;
import io.sluice.storage.proto.RefusalCode;
import io.sluice.storage.proto.RegisterNode;
import io.sluice.storage.proto.SetDiskState;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How the disks of nodes are, as shard 0 knows it. */
class DiskStateCommandsTest {
  private Shard shard;

  @BeforeEach
  void open(@TempDir Path directory) {
    shard = new Shard(directory);
  }

  @AfterEach
  void close() {
    shard.close();
  }

  private static Command.Builder register(String node, String... disks) {
    NodeRecord.Builder record = NodeRecord.newBuilder().setName(node).setIncarnation("i-" + node);
    for (String disk : disks) {
      // What a node says of these itself counts for nothing.
      record.addDisks(DiskRecord.newBuilder().setId(disk).setRefill(true));
    }
    return Command.newBuilder().setRegisterNode(RegisterNode.newBuilder().setNode(record));
  }

  private static Command.Builder retire(String node, String incarnation, String disk, boolean out) {
    return Command.newBuilder()
        .setSetDiskState(
            SetDiskState.newBuilder()
                .setNode(node)
                .setIncarnation(incarnation)
                .setDisk(disk)
                .setRetired(out));
  }

  private ClusterState cluster() {
    return shard
        .ask(Query.newBuilder().setGetCluster(GetCluster.getDefaultInstance()))
        .getCluster();
  }

  private List<DiskRecord> disks() {
    return cluster().getNodes(0).getDisksList();
  }

  @Test
  void setDiskState_retired_staysThroughARegistration_andComesBackToBeFilled() {
    shard.apply(register("a", "a1", "a2"));
    long before = cluster().getRevision();
    assertThat(shard.apply(retire("a", "i-a", "a2", true)).hasDone()).isTrue();
    assertThat(cluster().getRevision()).isGreaterThan(before);
    shard.apply(register("a", "a1", "a2"));
    assertThat(disks()).extracting(DiskRecord::getRetired).containsExactly(false, true);
    assertThat(disks()).extracting(DiskRecord::getRefill).containsExactly(false, false);
    shard.apply(retire("a", "i-a", "a2", false));
    assertThat(disks()).extracting(DiskRecord::getRetired).containsExactly(false, false);
    assertThat(disks()).extracting(DiskRecord::getRefill).containsExactly(false, true);
  }

  @Test
  void setDiskState_sameAgain_changesNothing() {
    shard.apply(register("a", "a1"));
    shard.apply(retire("a", "i-a", "a1", true));
    long revision = cluster().getRevision();
    shard.apply(retire("a", "i-a", "a1", true));
    assertThat(cluster().getRevision()).isEqualTo(revision);
  }

  @Test
  void setDiskState_ofAnothersDiskOrIncarnation_isRefused() {
    shard.apply(register("a", "a1"));
    shard.apply(register("b", "b1"));
    for (var wrong :
        List.of(
            retire("a", "i-a", "b1", true),
            retire("a", "i-b", "a1", true),
            retire("c", "i-c", "a1", true))) {
      assertThat(code(shard.apply(wrong))).isEqualTo(RefusalCode.NO_SUCH_NODE);
    }
  }

  @Test
  void registerNode_newDiskInPlaceOfOne_isFilled_andOneMoreIsNot() {
    shard.apply(register("a", "a1", "a2"));
    shard.apply(register("a", "a1", "a2", "a3"));
    assertThat(disks()).extracting(DiskRecord::getRefill).containsExactly(false, false, false);
    shard.apply(register("a", "a1", "a3", "a4"));
    assertThat(disks()).extracting(DiskRecord::getId).containsExactly("a1", "a3", "a4");
    assertThat(disks()).extracting(DiskRecord::getRefill).containsExactly(false, false, true);
  }
}

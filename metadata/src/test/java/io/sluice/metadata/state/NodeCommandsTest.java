package io.sluice.metadata.state;

import static io.sluice.metadata.state.Shard.code;
import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.storage.proto.ClusterState;
import io.sluice.storage.proto.Command;
import io.sluice.storage.proto.DiskRecord;
import io.sluice.storage.proto.GetCluster;
import io.sluice.storage.proto.LayoutRecord;
import io.sluice.storage.proto.NodeRecord;
import io.sluice.storage.proto.Outcome;
import io.sluice.storage.proto.PutLayout;
import io.sluice.storage.proto.Query;
import io.sluice.storage.proto.RefusalCode;
import io.sluice.storage.proto.RegisterNode;
import io.sluice.storage.proto.ReplicaSet;
import io.sluice.storage.proto.SetNodeState;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who belongs to the cluster, and who does no longer (INVARIANTS 6). */
class NodeCommandsTest {
  private Shard shard;

  @BeforeEach
  void open(@TempDir Path directory) {
    shard = new Shard(directory);
  }

  @AfterEach
  void close() {
    shard.close();
  }

  private Outcome register(String name, String incarnation, String disk) {
    NodeRecord node =
        NodeRecord.newBuilder()
            .setName(name)
            .setIncarnation(incarnation)
            .setPeerId(name + "-" + incarnation)
            .addDisks(DiskRecord.newBuilder().setId(disk))
            .build();
    return shard.apply(
        Command.newBuilder().setRegisterNode(RegisterNode.newBuilder().setNode(node)));
  }

  private Outcome set(String name, String incarnation, NodeRecord.State state) {
    return shard.apply(
        Command.newBuilder()
            .setSetNodeState(
                SetNodeState.newBuilder()
                    .setName(name)
                    .setIncarnation(incarnation)
                    .setState(state)));
  }

  private ClusterState cluster() {
    return shard
        .ask(Query.newBuilder().setGetCluster(GetCluster.getDefaultInstance()))
        .getCluster();
  }

  private NodeRecord only() {
    return cluster().getNodes(0);
  }

  @Test
  void setNodeState_removed_itsPeerIsGoneForGood_whoeverGetsTheName() {
    register("n1", "one", "d1");
    set("n1", "one", NodeRecord.State.NODE_REMOVED);
    assertThat(cluster().getGonePeersList()).containsExactly("n1-one");
    register("n1", "two", "d2");
    assertThat(cluster().getGonePeersList()).containsExactly("n1-one");
    assertThat(cluster().getNodesList())
        .extracting(NodeRecord::getPeerId)
        .containsExactly("n1-two");
  }

  @Test
  void registerNode_nameOfAnotherIncarnation_isTaken() {
    register("n1", "one", "d1");
    assertThat(code(register("n1", "two", "d2"))).isEqualTo(RefusalCode.NODE_NAME_TAKEN);
    assertThat(only().getIncarnation()).isEqualTo("one");
  }

  @Test
  void registerNode_diskOfAnotherNode_isTaken() {
    register("n1", "one", "d1");
    assertThat(code(register("n2", "two", "d1"))).isEqualTo(RefusalCode.NODE_NAME_TAKEN);
  }

  @Test
  void registerNode_draining_staysSo() {
    register("n1", "one", "d1");
    set("n1", "one", NodeRecord.State.NODE_DRAINING);
    register("n1", "one", "d1");
    assertThat(only().getState()).isEqualTo(NodeRecord.State.NODE_DRAINING);
  }

  @Test
  void registerNode_removed_isGoneForEver_alsoWhenItsNameWasGivenAway() {
    register("n1", "one", "d1");
    set("n1", "one", NodeRecord.State.NODE_REMOVED);
    assertThat(code(register("n1", "one", "d1"))).isEqualTo(RefusalCode.NODE_GONE);
    assertThat(register("n1", "two", "d2").hasRefusal()).isFalse();
    assertThat(code(register("n1", "one", "d1"))).isEqualTo(RefusalCode.NODE_GONE);
    assertThat(only().getIncarnation()).isEqualTo("two");
  }

  @Test
  void setNodeState_removedWhilePartitionsAreKeptOnIt_isConflict() {
    register("n1", "one", "d1");
    layout(1, ReplicaSet.newBuilder().addReplicas("other").addTarget("d1"));
    assertThat(code(set("n1", "one", NodeRecord.State.NODE_REMOVED)))
        .isEqualTo(RefusalCode.CONFLICT);
  }

  /** The leader planned with it, and then it was removed, for it had nothing yet. */
  @Test
  void putLayout_givesPartitionsToANodeThatWasRemoved_isConflict() {
    register("n1", "one", "d1");
    register("n2", "two", "d2");
    set("n2", "two", NodeRecord.State.NODE_REMOVED);
    assertThat(code(layout(1, ReplicaSet.newBuilder().addReplicas("d1").addTarget("d2"))))
        .isEqualTo(RefusalCode.CONFLICT);
    assertThat(layout(1, ReplicaSet.newBuilder().addReplicas("d1")).hasRefusal()).isFalse();
    register("n3", "three", "d2");
    assertThat(layout(2, ReplicaSet.newBuilder().addReplicas("d2")).hasRefusal())
        .as("its disk went to another node")
        .isFalse();
  }

  private Outcome layout(long version, ReplicaSet.Builder set) {
    return shard.apply(
        Command.newBuilder()
            .setPutLayout(
                PutLayout.newBuilder()
                    .setLayout(LayoutRecord.newBuilder().setVersion(version).addPartitions(set))));
  }

  /**
   * The second attempt of a removal whose first answer was lost, and a node that came meanwhile.
   */
  @Test
  void setNodeState_meantForOneThatWasReplaced_leavesTheNewOne() {
    register("n1", "one", "d1");
    set("n1", "one", NodeRecord.State.NODE_REMOVED);
    register("n1", "two", "d2");
    assertThat(code(set("n1", "one", NodeRecord.State.NODE_REMOVED)))
        .isEqualTo(RefusalCode.NO_SUCH_NODE);
    assertThat(only().getState()).isEqualTo(NodeRecord.State.NODE_ACTIVE);
  }
}

package io.sluice.metadata.state;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.storage.proto.ClusterState;
import io.sluice.storage.proto.Command;
import io.sluice.storage.proto.GetCluster;
import io.sluice.storage.proto.NodeRecord;
import io.sluice.storage.proto.Outcome;
import io.sluice.storage.proto.Query;
import io.sluice.storage.proto.RefusalCode;
import io.sluice.storage.proto.RegisterNode;
import io.sluice.storage.proto.SetNodeState;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Nodes come, leave for good, and give their names to others. */
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

  @Test
  void setNodeState_removed_itsPeerIsGoneForGood_whoeverGetsTheName() {
    register("n1", "first");
    remove("n1");
    assertThat(cluster().getGonePeersList()).containsExactly("n1-first");
    register("n1", "second");
    assertThat(cluster().getGonePeersList()).containsExactly("n1-first");
    assertThat(cluster().getNodesList())
        .extracting(NodeRecord::getPeerId)
        .containsExactly("n1-second");
  }

  @Test
  void registerNode_incarnationThatWasRemoved_isRefused() {
    register("n1", "first");
    remove("n1");
    assertThat(register("n1", "first").getRefusal().getCode()).isEqualTo(RefusalCode.NODE_GONE);
  }

  @Test
  void registerNode_nameOfAnotherThatIsThere_isRefused() {
    register("n1", "first");
    assertThat(register("n1", "second").getRefusal().getCode())
        .isEqualTo(RefusalCode.NODE_NAME_TAKEN);
  }

  private Outcome register(String name, String incarnation) {
    NodeRecord node =
        NodeRecord.newBuilder()
            .setName(name)
            .setIncarnation(incarnation)
            .setPeerId(name + '-' + incarnation)
            .build();
    return shard.apply(
        Command.newBuilder().setRegisterNode(RegisterNode.newBuilder().setNode(node)));
  }

  private void remove(String name) {
    SetNodeState removed =
        SetNodeState.newBuilder().setName(name).setState(NodeRecord.State.NODE_REMOVED).build();
    assertThat(shard.apply(Command.newBuilder().setSetNodeState(removed)).hasRefusal()).isFalse();
  }

  private ClusterState cluster() {
    return shard
        .ask(Query.newBuilder().setGetCluster(GetCluster.getDefaultInstance()))
        .getCluster();
  }
}

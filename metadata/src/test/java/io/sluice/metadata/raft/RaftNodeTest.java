package io.sluice.metadata.raft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.storage.FormatRange;
import io.sluice.storage.StorageFailure;
import io.sluice.storage.proto.Command;
import io.sluice.storage.proto.RefusalCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RaftNodeTest {
  @TempDir Path directory;

  @Test
  void open_fourShards_eachCommitsAndAnswers() throws Exception {
    try (TestNode node = TestNode.open(directory, 4, RaftLimits.DEFAULT)) {
      for (int shard = 0; shard < 4; shard++) {
        assertThat(node.put(shard, "k", "v" + shard).getObject().getEtag()).isEqualTo("v" + shard);
      }
      for (int shard = 0; shard < 4; shard++) {
        assertThat(node.get(shard, "k")).isEqualTo("v" + shard);
      }
      assertThat(node.node.status()).allMatch(ShardPeerStatus::ready);
    }
  }

  @Test
  void restart_afterAnOrderlyStop_keepsEverything() throws Exception {
    String peer;
    try (TestNode node = TestNode.open(directory, 4, RaftLimits.DEFAULT)) {
      peer = node.node.identity().peerId();
      node.put(2, "k", "v");
    }
    try (TestNode node = TestNode.open(directory, 1, RaftLimits.DEFAULT)) {
      assertThat(node.node.identity().peerId()).isEqualTo(peer);
      assertThat(node.store().shardCount()).isEqualTo(4);
      assertThat(node.get(2, "k")).isEqualTo("v");
    }
  }

  @Test
  void restart_afterACrash_replaysTheLog(@TempDir Path copies) throws Exception {
    try (TestNode node = TestNode.open(directory)) {
      for (int i = 0; i < 50; i++) {
        node.put(0, "k" + i, "v" + i);
      }
      TestNode.copy(directory, copies.resolve("crashed"));
    }
    try (TestNode node = TestNode.open(copies.resolve("crashed"))) {
      for (int i = 0; i < 50; i++) {
        assertThat(node.get(0, "k" + i)).isEqualTo("v" + i);
      }
    }
  }

  @Test
  void submit_refusedCommand_isRefused() throws Exception {
    try (TestNode node = TestNode.open(directory)) {
      assertThatThrownBy(() -> node.put(0, "refuse", ""))
          .isInstanceOfSatisfying(
              StorageFailure.Refused.class,
              e -> assertThat(e.code()).isEqualTo(RefusalCode.PRECONDITION_FAILED));
    }
  }

  @Test
  void submit_commandOverTheLimit_isRefusedBeforeTheLog() throws Exception {
    try (TestNode node = TestNode.open(directory)) {
      assertThatThrownBy(() -> node.put(0, "k", "v".repeat(RaftLimits.COMMAND_BYTES_MAX)))
          .isInstanceOfSatisfying(
              StorageFailure.Refused.class,
              e -> assertThat(e.code()).isEqualTo(RefusalCode.TOO_MANY));
      assertThat(node.put(0, "k", "v".repeat(RaftLimits.COMMAND_BYTES_MAX - 100))).isNotNull();
    }
  }

  /** Peers that don't know it would stop at it. */
  @Test
  void submit_newerThanTheActiveFormat_isRefusedBeforeTheLog() throws Exception {
    try (TestNode node = TestNode.open(directory)) {
      Command newer =
          TestNode.putCommand("k", "v").toBuilder().setFormat(FormatRange.FIRST + 1).build();
      assertThatThrownBy(
              () -> node.store().submit(0, newer, TestPeers.LIMIT).await().atMost(TestPeers.LIMIT))
          .isInstanceOfSatisfying(
              StorageFailure.Refused.class,
              e -> assertThat(e.code()).isEqualTo(RefusalCode.FORMAT_NOT_ACTIVE));
      assertThatThrownBy(() -> node.get(0, "k"))
          .isInstanceOfSatisfying(
              StorageFailure.Refused.class,
              e -> assertThat(e.code()).isEqualTo(RefusalCode.NO_SUCH_KEY));
    }
  }

  @Test
  void open_directoryInUse_isRefused() throws Exception {
    try (TestNode node = TestNode.open(directory)) {
      assertThat(node.failures).isEmpty();
      assertThatThrownBy(() -> TestNode.open(directory))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("another server uses");
    }
  }

  @Test
  void open_newerFormat_isRefused() throws Exception {
    TestNode.open(directory).close();
    Path marker = directory.resolve("sluice-metadata");
    Files.writeString(marker, Files.readString(marker).replace("format=1", "format=2"));
    assertThatThrownBy(() -> TestNode.open(directory))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("newer version");
  }
}

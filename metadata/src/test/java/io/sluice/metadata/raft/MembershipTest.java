package io.sluice.metadata.raft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.metadata.raft.TestPeers.Peer;
import io.sluice.storage.StorageFailure;
import io.sluice.storage.proto.Command;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.io.TempDir;

/** Three peers, of which none is lost. */
@TestInstance(Lifecycle.PER_CLASS)
class MembershipTest {
  @TempDir static Path directory;
  private TestPeers all;

  @BeforeAll
  void open() throws IOException {
    all = TestPeers.of(directory, 1, "a", "b", "c");
  }

  @AfterAll
  void close() throws IOException {
    all.close();
  }

  @Test
  void submit_atAFollower_isNotLeaderAndNamesTheLeader() throws Exception {
    Peer leader = all.leader(0);
    for (Peer peer : all.peers.values()) {
      if (peer != leader) {
        assertThatThrownBy(() -> peer.put(0, "k", "v"))
            .isInstanceOfSatisfying(
                StorageFailure.NotLeader.class, e -> assertThat(e.leader()).isEqualTo(leader.id()));
        assertThatThrownBy(() -> peer.get(0, "k")).isInstanceOf(StorageFailure.NotLeader.class);
      }
    }
  }

  @Test
  void transferLeadership_underWrites_losesNoneAndMovesTheLead() throws Exception {
    Peer old = all.leader(0);
    Peer target = all.peers.values().stream().filter(p -> p != old).findFirst().orElseThrow();
    CompletableFuture<Void> writes =
        CompletableFuture.runAsync(
            () -> {
              for (int i = 0; i < 200; i++) {
                all.put(0, "w" + i, "v" + i);
              }
            },
            // The common pool has one thread on two cores, and others wait in it.
            task -> new Thread(task, "writes").start());
    Awaitility.await()
        .atMost(TestPeers.LIMIT)
        .ignoreExceptions()
        .until(() -> old.get(0, "w5").equals("v5"));
    old.node()
        .membership()
        .transferLeadership(0, target.id(), TestPeers.LIMIT)
        .await()
        .atMost(TestPeers.LIMIT);
    all.leaderOf(0, target);
    writes.join();
    for (int i = 0; i < 200; i++) {
      assertThat(target.get(0, "w" + i)).isEqualTo("v" + i);
    }
  }

  @Test
  void removeVoter_thatIsAdmittedAgain_goesOnFromWhatItHas() throws Exception {
    Peer leader = all.leader(0);
    Peer gone = all.peers.values().stream().filter(p -> p != leader).findFirst().orElseThrow();
    all.put(0, "k", "1");
    leader
        .node()
        .membership()
        .removeVoter(0, gone.id(), TestPeers.LIMIT)
        .await()
        .atMost(TestPeers.LIMIT);
    assertThat(leader.node().membership().voters(0))
        .extracting(ShardVoter::peerId)
        .doesNotContain(gone.id());
    all.put(0, "k", "2");
    Awaitility.await()
        .atMost(TestPeers.LIMIT)
        .ignoreExceptionsInstanceOf(StorageFailure.class)
        .until(
            () -> {
              all.admit(gone);
              return true;
            });
    all.put(0, "k", "3");
    Awaitility.await()
        .atMost(TestPeers.LIMIT)
        .until(
            () -> gone.states.get(0).answer(TestNode.getQuery("k", true)).toString().contains("3"));
  }

  @Test
  void submit_deadlineTooFarAhead_isRefused() throws Exception {
    Command command = TestPeers.withId(TestNode.putCommand("k", "v"), Duration.ofMinutes(11));
    assertThatThrownBy(() -> all.leader(0).submit(0, command))
        .isInstanceOf(StorageFailure.Refused.class);
  }
}

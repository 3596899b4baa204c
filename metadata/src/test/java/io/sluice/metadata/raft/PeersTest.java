package io.sluice.metadata.raft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.metadata.raft.TestPeers.Peer;
import io.sluice.storage.StorageFailure;
import io.sluice.storage.proto.Command;
import io.sluice.storage.proto.Outcome;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Three peers: how they come together, and what they answer when one is lost. */
class PeersTest {
  @TempDir Path directory;

  @Test
  void addVoter_oneByOne_newVotersHaveTheData() throws Exception {
    try (TestPeers all = new TestPeers(directory, 2)) {
      Peer a = all.create("a").open();
      a.node().awaitReady(TestPeers.LIMIT);
      a.put(1, "before", "1");
      Peer b = all.join("b").open();
      all.admit(b);
      a.put(1, "two", "2");
      Peer c = all.join("c").open();
      all.admit(c);
      a.put(1, "three", "3");

      assertThat(a.node().membership().voters(1))
          .extracting(ShardVoter::peerId)
          .containsExactlyInAnyOrder(a.id(), b.id(), c.id());
      a.close();
      Peer next = all.leaderOf(1, b, c);
      for (String key : List.of("before", "two", "three")) {
        assertThat(next.get(1, key)).isNotEmpty();
      }
      assertThat(all.failures).isEmpty();
    }
  }

  @Test
  void leaderClosed_nextLeaderHasEverythingAcknowledged() throws Exception {
    try (TestPeers all = TestPeers.of(directory, 1, "a", "b", "c")) {
      for (int i = 0; i < 50; i++) {
        all.put(0, "k" + i, "v" + i);
      }
      Peer old = all.leader(0);
      old.close();
      all.put(0, "after", "x");
      for (int i = 0; i < 50; i++) {
        assertThat(all.get(0, "k" + i)).isEqualTo("v" + i);
      }
      old.open();
      Awaitility.await()
          .atMost(TestPeers.LIMIT)
          .until(() -> old.states.get(0).applied().equals(appliedOf(all.leader(0))));
    }
  }

  private static Object appliedOf(Peer peer) {
    return peer.states.get(0).applied();
  }

  @Test
  void restartOfAll_electsALeaderThatHasEverything() throws Exception {
    try (TestPeers all = TestPeers.of(directory, 2, "a", "b", "c")) {
      all.put(0, "k", "v");
      all.closeAll();
      for (Peer peer : all.peers.values()) {
        peer.open();
      }
      assertThat(all.get(0, "k")).isEqualTo("v");
    }
  }

  /** INVARIANTS 5. */
  @Test
  void submit_retryOfAnAttemptThatIsStuckInAnOldLeader_isAppliedOnce() throws Exception {
    try (TestPeers all = TestPeers.of(directory, 1, "a", "b", "c")) {
      all.put(0, "k", "0");
      Peer old = all.leader(0);
      CutOff.cut(old.id());
      Command first = TestPeers.withId(TestNode.putCommand("k", "1"), Duration.ofMinutes(1));
      assertThatThrownBy(() -> old.submit(0, first))
          .isInstanceOf(StorageFailure.OutcomeUnknown.class);

      Peer[] others = all.peers.values().stream().filter(peer -> peer != old).toArray(Peer[]::new);
      Peer next = all.leaderOf(0, others);
      Outcome applied = next.submit(0, first);
      next.put(0, "k", "2");
      CutOff.heal();
      Awaitility.await()
          .atMost(TestPeers.LIMIT)
          .until(() -> next.id().equals(old.node().membership().leader(0)));
      assertThat(all.submit(0, first).getPosition()).isEqualTo(applied.getPosition());
      assertThat(all.get(0, "k")).isEqualTo("2");
      Awaitility.await()
          .atMost(TestPeers.LIMIT)
          .until(
              () ->
                  old.states.get(0).answer(TestNode.getQuery("k", true)).toString().contains("2"));
    }
  }

  /** INVARIANTS 8: it still believes that it leads, for its patience is longer than the others'. */
  @Test
  void query_leaderThatIsCutOff_answersNothing() throws Exception {
    try (TestPeers all = new TestPeers(directory, 1)) {
      Peer old = all.create("a");
      old.timing =
          new RaftNetwork.Timing(
              // It believes for so long that it leads; the others elect one of them sooner.
              Duration.ofMillis(300), Duration.ofSeconds(12), Duration.ofSeconds(2));
      old.open();
      Peer b = all.join("b").open();
      Peer c = all.join("c").open();
      all.admit(b);
      all.admit(c);
      old.put(0, "k", "old");
      assertThat(old.get(0, "k")).isEqualTo("old");
      CutOff.cut(old.id());
      all.leaderOf(0, b, c).put(0, "k", "new");
      assertThat(old.leads(0)).as("it believes that it leads").isTrue();
      assertThatThrownBy(
              () ->
                  old.node()
                      .peer()
                      .query(0, TestNode.getQuery("k", false), Duration.ofSeconds(1))
                      .await()
                      .atMost(TestPeers.LIMIT))
          .isInstanceOf(StorageFailure.class);
    }
  }

  @Test
  void open_oneOfSeveralWithoutItsNetwork_isRefused() throws Exception {
    try (TestPeers all = TestPeers.of(directory, 1, "a", "b", "c")) {
      all.put(0, "k", "v");
      all.closeAll();
      assertThatThrownBy(() -> TestNode.open(all.peers.get("b").directory))
          .hasMessageContaining("node of a cluster")
          .hasMessageContaining("3 vote");
    }
  }

  /** INVARIANTS 6. */
  @Test
  void join_sameNameWithAnEmptyDirectory_isAnotherPeerWithoutAVote() throws Exception {
    try (TestPeers all = TestPeers.of(directory, 1, "a", "b", "c")) {
      all.put(0, "k", "v");
      Peer b = all.peers.get("b");
      Peer c = all.peers.get("c");
      String before = b.id();
      b.close();
      StateInstaller.delete(b.directory);
      Peer again = all.join("b").open();
      assertThat(again.id()).isNotEqualTo(before).startsWith("b-");
      c.close();
      // Of three voters one is left: with the vote of an empty directory it would have a majority.
      assertThatThrownBy(
              () ->
                  all.peers
                      .get("a")
                      .node()
                      .peer()
                      .submit(0, TestNode.putCommand("k", "x"), Duration.ofSeconds(2))
                      .await()
                      .atMost(TestPeers.LIMIT))
          .isInstanceOf(StorageFailure.class);
      c.open();
      all.leaderOf(0, all.peers.get("a"), c)
          .node()
          .membership()
          .replaceVoter(0, before, again.id(), again.address(), TestPeers.LIMIT)
          .await()
          .atMost(TestPeers.LIMIT);
      all.put(0, "k", "after");
      Awaitility.await()
          .atMost(TestPeers.LIMIT)
          .until(() -> again.states.get(0).applied().equals(appliedOf(all.leader(0))));
    }
  }

  /** INVARIANTS 6: it was away when its place was given to another, and never heard of it. */
  @Test
  void reopen_voterThatWasReplacedWhileItWasAway_hasNoVote() throws Exception {
    try (TestPeers all = TestPeers.of(directory, 1, "a", "b", "c")) {
      Peer a = all.leader(0);
      Peer[] others = all.peers.values().stream().filter(peer -> peer != a).toArray(Peer[]::new);
      Peer b = others[0];
      Peer gone = others[1];
      gone.close();
      Peer d = all.join("d").open();
      all.leader(0)
          .node()
          .membership()
          .replaceVoter(0, gone.id(), d.id(), d.address(), TestPeers.LIMIT)
          .await()
          .atMost(TestPeers.LIMIT);
      all.put(0, "k", "new");
      Peer last = all.leader(0);
      for (Peer peer : List.of(a, b, d)) {
        if (peer != last) {
          peer.close();
        }
      }
      gone.open();
      // With its old vote there would be a majority of the old three.
      assertThatThrownBy(
              () ->
                  last.node()
                      .peer()
                      .submit(0, TestNode.putCommand("k", "x"), Duration.ofSeconds(3))
                      .await()
                      .atMost(TestPeers.LIMIT))
          .isInstanceOf(StorageFailure.class);
      assertThat(gone.leads(0)).isFalse();
      for (Peer peer : List.of(a, b, d)) {
        if (peer != last) {
          peer.open();
        }
      }
      assertThat(all.leaderOf(0, a, b, d).get(0, "k")).isEqualTo("new");
      assertThat(gone.leads(0)).isFalse();
    }
  }

  @Test
  void follower_wrongCertificate_isNeverAdmittedAndLearnsNothing() throws Exception {
    try (TestPeers all = TestPeers.of(directory, 1, "a")) {
      Peer stranger = all.join("stranger");
      stranger.tls = TestTls.stranger();
      stranger.open();
      assertThatThrownBy(
              () ->
                  all.leader(0)
                      .node()
                      .membership()
                      .addVoter(0, stranger.id(), stranger.address(), Duration.ofSeconds(3))
                      .await()
                      .atMost(TestPeers.LIMIT))
          .isInstanceOf(StorageFailure.class);
      assertThat(stranger.states.get(0).applied().getIndex()).isZero();
      assertThat(stranger.node().membership().leader(0)).isNull();
    }
  }

  /** INVARIANTS 15: what had no network gets one, and others. */
  @Test
  void open_directoryThatWasAlone_becomesThreeVotersWithItsData() throws Exception {
    String id;
    try (TestNode alone = TestNode.open(directory.resolve("a"), 2, RaftLimits.DEFAULT)) {
      id = alone.node.identity().peerId();
      for (int i = 0; i < 20; i++) {
        alone.put(i % 2, "k" + i, "v" + i);
      }
    }
    try (TestPeers all = new TestPeers(directory, 2)) {
      Peer a = all.existing("a").open();
      assertThat(a.id()).isEqualTo(id);
      all.admit(all.join("b").open());
      all.admit(all.join("c").open());
      a.close();
      for (int i = 0; i < 20; i++) {
        assertThat(all.get(i % 2, "k" + i)).isEqualTo("v" + i);
      }
      // It is heard from again, although its address was in no configuration when it was made.
      a.open();
      all.put(0, "k", "v");
      Awaitility.await()
          .atMost(TestPeers.LIMIT)
          .until(() -> a.states.get(0).applied().equals(appliedOf(all.leader(0))));
    }
  }

  @Test
  void open_portTaken_isRefusedWithTheAddress() throws Exception {
    try (TestPeers all = new TestPeers(directory, 1);
        java.net.ServerSocket taken =
            new java.net.ServerSocket(0, 1, java.net.InetAddress.getLoopbackAddress())) {
      Peer a = all.create("a");
      RaftNetwork network =
          new RaftNetwork(
              "127.0.0.1",
              taken.getLocalPort(),
              a.address(),
              a.tls.key(),
              a.tls.trust(),
              a.transfer,
              TestPeers.FAST);
      assertThatThrownBy(
              () ->
                  RaftNode.open(
                      new RaftNode.Options(
                          a.directory,
                          "a",
                          1,
                          RaftLimits.DEFAULT,
                          network,
                          java.time.Clock.systemUTC(),
                          (path, shard) -> new MapState(path),
                          new io.micrometer.core.instrument.simple.SimpleMeterRegistry(),
                          (shard, failure) -> {})))
          .isInstanceOf(IOException.class)
          .hasMessageContaining(Integer.toString(taken.getLocalPort()));
    }
  }

  @Test
  void fiveVoters_twoLost_goOn() throws Exception {
    try (TestPeers all = TestPeers.of(directory, 1, "a", "b", "c", "d", "e")) {
      all.put(0, "k", "1");
      Peer leader = all.leader(0);
      Peer other = all.peers.values().stream().filter(p -> p != leader).findFirst().orElseThrow();
      leader.close();
      other.close();
      all.put(0, "k", "2");
      assertThat(all.get(0, "k")).isEqualTo("2");
    }
  }

  /** What it had acknowledged may have counted: it must not vote as if it had never been. */
  @Test
  void open_peerThatLostWhatItHad_isRefusedAndToldToJoinAgain() throws Exception {
    try (TestPeers all = TestPeers.of(directory, 1, "a", "b", "c")) {
      for (int i = 0; i < 20; i++) {
        all.put(0, "k" + i, "v");
      }
      Peer b = all.peers.get("b");
      Awaitility.await()
          .atMost(TestPeers.LIMIT)
          .until(() -> b.states.get(0).applied().equals(appliedOf(all.leader(0))));
      b.close();
      StateInstaller.delete(b.directory.resolve("raft"));
      assertThatThrownBy(b::open)
          .isInstanceOf(IOException.class)
          .hasMessageContaining("its log is gone")
          .hasMessageContaining("remove it from the cluster");
      StateInstaller.delete(b.directory.resolve("state"));
      assertThatThrownBy(b::open)
          .isInstanceOf(IOException.class)
          .hasMessageContaining("has lost entries")
          .hasMessageContaining("remove it from the cluster");
    }
  }
}

package io.sluice.metadata.raft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.storage.StorageFailure;
import io.sluice.storage.proto.Answer;
import io.sluice.storage.proto.Outcome;
import io.smallrye.mutiny.helpers.test.UniAssertSubscriber;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RaftFaultTest {
  private static final RaftLimits SMALL = new RaftLimits(64, 8 << 20, 100, 64 << 10, 64 << 10);

  @TempDir Path directory;

  /** INVARIANTS 8: the restarted leader has its old log, but has not applied it yet. */
  @Test
  void query_beforeTheLogIsReplayed_isUnavailableAndNeverStale() throws Exception {
    Path crashed = directory.resolve("crashed");
    try (TestNode node = TestNode.open(directory.resolve("running"))) {
      node.put(0, "k", "old");
      node.states.get(0).flush();
      node.put(0, "k", "new");
      TestNode.copy(directory.resolve("running"), crashed);
    }
    CountDownLatch replay = new CountDownLatch(1);
    try (TestNode node = TestNode.start(crashed, command -> awaitQuietly(replay));
        AutoCloseable ignored = replay::countDown) {
      // What an early answer would be: the state is there, and older than what was acknowledged.
      assertThat(node.states.get(0).answer(TestNode.getQuery("k", false)).getObject().getObject())
          .extracting(object -> object.getEtag())
          .isEqualTo("old");
      for (boolean onWorker : new boolean[] {true, false}) {
        assertThatThrownBy(() -> ask(node, onWorker))
            .isInstanceOf(StorageFailure.Unavailable.class);
      }
      assertThatThrownBy(() -> node.node.awaitReady(Duration.ofMillis(200)))
          .isInstanceOf(IOException.class);
      replay.countDown();
      node.node.awaitReady(TestNode.LIMIT);
      assertThat(node.get(0, "k")).isEqualTo("new");
    }
  }

  private static Answer ask(TestNode node, boolean onWorker) {
    return node.store()
        .query(0, TestNode.getQuery("k", onWorker), TestNode.LIMIT)
        .await()
        .atMost(TestNode.LIMIT);
  }

  /** INVARIANTS 1: replaying the older PUT would put it back. */
  @Test
  void restart_stateNewerThanTheSnapshotMark_skipsWhatItHas() throws Exception {
    Path crashed = directory.resolve("crashed");
    try (TestNode node = TestNode.open(directory.resolve("running"))) {
      node.put(0, "k", "A");
      node.put(0, "k", "B");
      // RocksDB may flush by itself, without Ratis' knowing.
      node.states.get(0).flush();
      TestNode.copy(directory.resolve("running"), crashed);
    }
    List<String> replayed = new ArrayList<>();
    try (TestNode node =
        TestNode.start(
            crashed, command -> replayed.add(command.getPutObject().getObject().getEtag()))) {
      node.node.awaitReady(TestNode.LIMIT);
      assertThat(replayed).containsExactly("A", "B");
      assertThat(node.get(0, "k")).isEqualTo("B");
    }
  }

  @Test
  void restart_stateAheadOfItsLog_isRefused() throws Exception {
    Path crashed = directory.resolve("crashed");
    try (TestNode node = TestNode.open(directory.resolve("running"))) {
      node.put(0, "k", "A");
      TestNode.copy(directory.resolve("running"), crashed);
      node.put(0, "k", "B");
      node.states.get(0).flush();
      Files.copy(directory.resolve("running/state/0/map"), crashed.resolve("state/0/map"));
    }
    assertThatThrownBy(() -> TestNode.open(crashed))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("but the state has already applied");
  }

  @Test
  void restart_stateThatLostWhatWasFlushed_isRefused() throws Exception {
    Path running = directory.resolve("running");
    try (TestNode node = TestNode.open(running)) {
      node.put(0, "k", "A");
    }
    Files.delete(running.resolve("state/0/map"));
    assertThatThrownBy(() -> TestNode.open(running))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("has lost entries");
  }

  /** INVARIANTS 1: by then what left the log may have been flushed, and no number shows it. */
  @Test
  void restart_stateThatHasWhatLeftItsLog_isRefused() throws Exception {
    Path running = directory.resolve("running");
    try (TestNode node = TestNode.open(running)) {
      node.put(0, "k", "A");
    }
    try (MetadataDirectory files = MetadataDirectory.open(running)) {
      new GroupDirectory(files.logs().resolve(files.group(0).toString())).markForked(1);
    }
    assertThatThrownBy(() -> TestNode.open(running))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("entries that then left its log, from 1 on");
  }

  /** INVARIANTS 1: Ratis would only log it and go on with the next command. */
  @Test
  void apply_fails_shardStopsAndTheApplicationIsTold() throws Exception {
    try (TestNode node = TestNode.open(directory)) {
      node.states.get(0).beforeApply =
          command -> {
            if (command.getPutObject().getKey().toStringUtf8().equals("bad")) {
              throw new IOException("disk on fire");
            }
          };
      UniAssertSubscriber<Outcome> bad = submit(node, "bad", Duration.ofSeconds(2));
      Awaitility.await().until(() -> !node.failures.isEmpty());
      assertThat(node.failures.get(0)).hasMessage("disk on fire");
      assertThatThrownBy(() -> node.put(0, "after", "x"))
          .isInstanceOf(StorageFailure.Unavailable.class)
          .hasMessageContaining("has failed");
      assertThatThrownBy(() -> node.get(0, "k")).isInstanceOf(StorageFailure.Unavailable.class);
      bad.awaitFailure(TestNode.LIMIT).assertFailedWith(StorageFailure.OutcomeUnknown.class);
      assertThat(node.states.get(0).applied().getIndex()).isZero();
    }
  }

  @Test
  void submit_noAnswerInTime_isUnknownNotFailed() throws Exception {
    CountDownLatch gate = new CountDownLatch(1);
    try (TestNode node = TestNode.open(directory)) {
      node.states.get(0).beforeApply = command -> awaitQuietly(gate);
      submit(node, "k", Duration.ofMillis(100))
          .awaitFailure(TestNode.LIMIT)
          .assertFailedWith(StorageFailure.OutcomeUnknown.class);
      gate.countDown();
      Awaitility.await().until(() -> node.states.get(0).applied().getIndex() > 0);
      assertThat(node.get(0, "k")).isEqualTo("v");
    }
  }

  @Test
  void submit_moreThanMayWait_isUnavailableAtOnce() throws Exception {
    CountDownLatch gate = new CountDownLatch(1);
    try (TestNode node = TestNode.open(directory, 1, SMALL)) {
      node.states.get(0).beforeApply = command -> awaitQuietly(gate);
      List<UniAssertSubscriber<Outcome>> waiting = new ArrayList<>();
      for (int i = 0; i < SMALL.pendingCommandsMax(); i++) {
        waiting.add(submit(node, "k" + i, TestNode.LIMIT));
      }
      submit(node, "over", TestNode.LIMIT)
          .assertFailedWith(StorageFailure.Unavailable.class, "too many commands wait");
      gate.countDown();
      waiting.forEach(one -> one.awaitItem(TestNode.LIMIT));
      assertThat(node.put(0, "again", "v")).isNotNull();
    }
  }

  @Test
  void submit_manyCommands_logIsDroppedOnlyBelowWhatIsDurable() throws Exception {
    Path running = directory.resolve("running");
    Path crashed = directory.resolve("crashed");
    String value = "v".repeat(1000);
    try (TestNode node = TestNode.open(running, 1, SMALL)) {
      for (int i = 0; i < 1000; i++) {
        node.put(0, "k" + i % 50, value + i);
      }
      Awaitility.await().until(() -> firstInLog(running) > 100);
      // Log first: what is dropped meanwhile is in the state that is copied afterwards.
      TestNode.copy(running, crashed);
    }
    assertThat(new SnapshotMark(crashed.resolve("snapshot/0")).latest().getIndex())
        .isGreaterThanOrEqualTo(firstInLog(crashed) - 1);
    try (TestNode node = TestNode.open(crashed, 1, SMALL)) {
      for (int i = 950; i < 1000; i++) {
        assertThat(node.get(0, "k" + i % 50)).isEqualTo(value + i);
      }
    }
  }

  private static long firstInLog(Path node) throws IOException {
    try (Stream<Path> files = Files.walk(node.resolve("raft"))) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.startsWith("log_"))
          .mapToLong(name -> Long.parseLong(name.replaceFirst("log_(inprogress_)?(\\d+).*", "$2")))
          .min()
          .orElse(0);
    }
  }

  private static UniAssertSubscriber<Outcome> submit(TestNode node, String key, Duration limit) {
    return node.store()
        .submit(0, TestNode.putCommand(key, "v"), limit)
        .subscribe()
        .withSubscriber(UniAssertSubscriber.create());
  }

  private static void awaitQuietly(CountDownLatch latch) throws IOException {
    try {
      if (!latch.await(20, TimeUnit.SECONDS)) {
        throw new IOException("the test forgot to open the gate");
      }
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
  }
}

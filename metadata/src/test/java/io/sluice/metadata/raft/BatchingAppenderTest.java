package io.sluice.metadata.raft;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.metadata.raft.TestPeers.Peer;
import io.sluice.storage.proto.Answer;
import io.sluice.storage.proto.Outcome;
import io.smallrye.mutiny.Multi;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;
import org.apache.ratis.proto.RaftProtos.LogEntryProto;
import org.apache.ratis.util.AwaitForSignal;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How many messages a leader sends for its entries, and when. */
class BatchingAppenderTest {
  private static final int COMMANDS = 2_000;
  private static final int IN_FLIGHT = 64;
  private static final int ENTRIES = 10;

  @TempDir Path directory;

  @Test
  void submit_manyAtOnce_shareMessagesAndFewAreEmpty() throws Exception {
    try (TestPeers all = TestPeers.of(directory, 1, "a", "b", "c")) {
      Peer leader = all.leader(0);
      LongAdder full = new LongAdder();
      LongAdder empty = new LongAdder();
      CutOff.onSend(message -> (message.getEntriesCount() > 0 ? full : empty).increment());
      List<Outcome> outcomes = write(leader, COMMANDS);

      assertThat(outcomes).hasSize(COMMANDS);
      // Two followers: one message for each command would make twice as many.
      assertThat(full.sum()).isPositive().isLessThan(COMMANDS);
      assertThat(empty.sum()).isLessThan(full.sum() / 2);
    }
  }

  /** Each read asks all followers whether this leader still is one, and reads never end. */
  @Test
  void newAppendEntriesRequest_askedForAHeartbeatMeanwhile_sendsTheEntriesAndThenTheHeartbeat()
      throws Exception {
    try (LoneAppender appender = new LoneAppender(directory, ENTRIES)) {
      appender.whileReading = appender::ask;
      assertThat(appender.make().getEntriesCount()).isEqualTo(ENTRIES);
      appender.send();
      assertThat(appender.make().getEntriesCount()).as("made after it was asked for").isZero();
      appender.send();
      assertThat(appender.make().getEntriesCount()).isEqualTo(ENTRIES);
    }
  }

  private static List<Outcome> write(Peer leader, int commands) {
    return Multi.createFrom()
        .range(0, commands)
        .onItem()
        .transformToUni(
            i -> leader.node().peer().submit(0, TestNode.putCommand("k" + i, "v"), TestPeers.LIMIT))
        .merge(IN_FLIGHT)
        .collect()
        .asList()
        .await()
        .atMost(TestPeers.LIMIT);
  }

  /** Of two voters both must say that one leads, so nobody else's answer can stand in. */
  @Test
  void query_whileAMessageIsBeingSent_doesNotWaitForTheNextRegularHeartbeat() throws Exception {
    Duration election = Duration.ofSeconds(8); // a heartbeat each four
    try (TestPeers all = new TestPeers(directory, 1)) {
      Peer leader = all.create("a");
      leader.timing =
          new RaftNetwork.Timing(election, election.multipliedBy(2), Duration.ofSeconds(2));
      leader.open();
      Peer follower = all.join("b");
      follower.timing = leader.timing;
      all.admit(follower.open());
      leader.put(0, "before", "1");

      CompletableFuture<Answer> answer = new CompletableFuture<>();
      AtomicBoolean asked = new AtomicBoolean();
      CutOff.onSend(
          message -> {
            // What says that the command was committed: nothing follows it that would answer too.
            boolean isLast =
                message.getEntriesList().stream().anyMatch(LogEntryProto::hasMetadataEntry);
            if (isLast && asked.compareAndSet(false, true)) {
              leader
                  .node()
                  .peer()
                  .query(0, TestNode.getQuery("before", true), election)
                  .subscribe()
                  .with(answer::complete, answer::completeExceptionally);
            }
          });
      leader.put(0, "k", "v");
      assertThat(answer).succeedsWithin(election.dividedBy(4));
    }
  }

  @Test
  void await_eventCameBefore_returnsAtOnce() throws Exception {
    AwaitForSignal events = new BatchingAppender.Events();
    events.signal();
    events.signal();
    assertThat(events.await(1, TimeUnit.MINUTES)).isTrue();
    assertThat(events.await(1, TimeUnit.MILLISECONDS)).as("each is told once").isFalse();
  }
}

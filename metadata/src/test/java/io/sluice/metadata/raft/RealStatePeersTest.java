package io.sluice.metadata.raft;

import static io.sluice.testkit.TestClock.START_MS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import io.sluice.metadata.raft.RealPeers.Node;
import io.sluice.storage.StorageFailure;
import io.sluice.storage.proto.Command;
import io.sluice.storage.proto.GetObject;
import io.sluice.storage.proto.ObjectAnswer;
import io.sluice.storage.proto.ObjectVersion;
import io.sluice.storage.proto.Outcome;
import io.sluice.storage.proto.Part;
import io.sluice.storage.proto.PutObject;
import io.sluice.storage.proto.Query;
import io.sluice.storage.proto.RefusalCode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Three peers with the state that the application runs, and a clock for each: what the other tests
 * of several peers show of Raft, these show of what is applied.
 */
class RealStatePeersTest {
  private static final Duration LIMIT = TestPeers.LIMIT;
  private static final long BUCKET = 1;

  @TempDir Path directory;
  private RealPeers peers;

  @BeforeEach
  void open() throws IOException {
    peers = new RealPeers(directory, TestPeers.FAST);
  }

  @AfterEach
  void close() {
    peers.close();
  }

  /** The object as a node answers for it, which it does only when it leads. */
  private static ObjectAnswer get(Node node) {
    GetObject get =
        GetObject.newBuilder()
            .setBucketId(BUCKET)
            .setKey(ByteString.copyFromUtf8("k"))
            .setWithContent(true)
            .build();
    return node.server
        .peer()
        .query(0, Query.newBuilder().setGetObject(get).build(), LIMIT)
        .await()
        .atMost(LIMIT)
        .getObject();
  }

  private static String value(Node node) {
    return get(node).getInlineData().toStringUtf8();
  }

  private static Command put(String value, long deadlineMs) {
    ByteString bytes = ByteString.copyFromUtf8(value);
    byte[] id = new byte[16];
    ByteBuffer.wrap(id).putLong(deadlineMs).putLong(ThreadLocalRandom.current().nextLong());
    return Command.newBuilder()
        .setCommandId(ByteString.copyFrom(id))
        .setPutObject(
            PutObject.newBuilder()
                .setBucketId(BUCKET)
                .setKey(ByteString.copyFromUtf8("k"))
                .setObject(ObjectVersion.newBuilder().setSize(bytes.size()).setInline(true))
                .setPart(Part.newBuilder().setSize(bytes.size()).setInline(true))
                .setInlineData(bytes))
        .build();
  }

  /** INVARIANTS 5: the attempt in the old leader's log, the retry, a newer write, the old one. */
  @Test
  void submit_attemptOfAPausedLeaderComesAfterANewerPut_isNotAppliedAgain() {
    Node old = peers.leader();
    CutOff.cut(old.identity.peerId());
    Command first = put("1", START_MS + 60_000);
    assertThatThrownBy(() -> old.submit(first, Duration.ofMillis(500)))
        .isInstanceOf(StorageFailure.OutcomeUnknown.class);

    Node next = peers.leaderBut(old);
    Outcome applied = next.submit(first, LIMIT);
    next.submit(put("2", START_MS + 60_000), LIMIT);
    CutOff.heal();
    assertThat(next.submit(first, LIMIT).getPosition()).isEqualTo(applied.getPosition());
    assertThat(value(next)).isEqualTo("2");

    // The one that was cut off knows of it too, by the log alone.
    Awaitility.await()
        .atMost(LIMIT)
        .until(() -> next.identity.peerId().equals(old.server.membership().leader(0)));
    peers.handOver(old);
    assertThat(old.submit(first, LIMIT).getPosition()).isEqualTo(applied.getPosition());
    assertThat(value(old)).isEqualTo("2");
  }

  /** INVARIANTS 5: nobody heard of the attempt before the time in which it was to be applied. */
  @Test
  void submit_attemptStuckOnItsWayUntilAfterItsDeadline_isNeverApplied() {
    Node leader = peers.leader();
    Command stuck = put("1", START_MS + 2_000);
    peers.nodes.forEach(node -> node.clock.pass(Duration.ofSeconds(3)));
    leader.submit(put("2", START_MS + 60_000), LIMIT);
    assertThatThrownBy(() -> leader.submit(stuck, LIMIT))
        .as("certainly not applied")
        .isInstanceOf(StorageFailure.Unavailable.class);
    assertThat(value(leader)).isEqualTo("2");

    // Nor by a leader whose clock is behind: the time that counts is the shard's.
    Node other = peers.nodes.stream().filter(node -> node != leader).findFirst().orElseThrow();
    other.clock.set(START_MS);
    peers.handOver(other);
    assertThatThrownBy(() -> other.submit(stuck, LIMIT))
        .isInstanceOf(StorageFailure.Unavailable.class);
    assertThat(value(other)).isEqualTo("2");

    // Outcomes are forgotten in the end, and then nobody claims to know.
    peers.nodes.forEach(node -> node.clock.set(START_MS + 120_000));
    other.submit(put("3", START_MS + 180_000), LIMIT);
    assertThatThrownBy(() -> other.submit(stuck, LIMIT))
        .isInstanceOf(StorageFailure.OutcomeUnknown.class);
    assertThat(value(other)).isEqualTo("3");
  }

  /** INVARIANTS 7: the later write wins, and is not dated before the earlier one. */
  @Test
  void put_nextLeadersClockIsAnHourBehind_orderAndTimeGoOn() {
    Node ahead = peers.leader();
    ahead.clock.pass(Duration.ofHours(1));
    ahead.submit(put("1", START_MS + 3_660_000), LIMIT);
    ObjectVersion before = get(ahead).getObject();

    Node behind = peers.nodes.stream().filter(node -> node != ahead).findFirst().orElseThrow();
    peers.handOver(behind);
    behind.submit(put("2", START_MS + 3_660_000), LIMIT);

    assertThat(value(behind)).isEqualTo("2");
    ObjectVersion after = get(behind).getObject();
    assertThat(after.getVersion().getIndex()).isGreaterThan(before.getVersion().getIndex());
    assertThat(after.getLastModifiedMs()).isGreaterThanOrEqualTo(before.getLastModifiedMs());
  }

  /** The id was made by the time of a leader whose clock was ahead, and who committed nothing. */
  @Test
  void put_deadlineFarAheadOfTheLeadersClock_isRefusedForThat_andTakenByItsOwnTime() {
    Node leader = peers.leader();
    long deadlineMs = leader.clock.millis() + Duration.ofHours(1).toMillis();
    assertThatThrownBy(() -> leader.submit(put("1", deadlineMs), LIMIT))
        .isInstanceOfSatisfying(
            StorageFailure.Refused.class,
            refused -> assertThat(refused.code()).isEqualTo(RefusalCode.DEADLINE_TOO_FAR));
    leader.submit(put("2", leader.clock.millis() + 60_000), LIMIT);
    assertThat(value(leader)).isEqualTo("2");
  }
}

package io.sluice.metadata.raft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.sluice.metadata.MetadataOptions;
import io.sluice.metadata.MetadataServer;
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
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;
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
  private static final long START_MS = Instant.parse("2026-01-01T00:00:00Z").toEpochMilli();
  private static final long BUCKET = 1;

  @TempDir Path directory;
  private final List<Node> nodes = new ArrayList<>();

  private final class Node {
    final SettableClock clock = new SettableClock();
    final String address = "127.0.0.1:" + TestPeers.freePort();
    final MetadataIdentity identity;
    final MetadataServer server;

    Node(String name) throws IOException {
      Path place = directory.resolve(name);
      identity =
          nodes.isEmpty()
              ? RaftNode.create(place, name, 1)
              : RaftNode.join(
                  place, name, UUID.fromString(nodes.get(0).identity.clusterId()), 1, 1);
      TestTls tls = TestTls.cluster();
      RaftNetwork network =
          new RaftNetwork(
              "127.0.0.1",
              Integer.parseInt(address.substring(address.indexOf(':') + 1)),
              address,
              tls.key(),
              tls.trust(),
              (leader, shard, into) ->
                  CompletableFuture.failedFuture(new IOException("the log is enough here")),
              TestPeers.FAST);
      server =
          MetadataServer.open(
              MetadataOptions.in(place).shards(1).network(network).build(),
              clock,
              new SimpleMeterRegistry(),
              (shard, failure) -> {});
      nodes.add(this);
    }

    boolean leads() {
      return server.leads(0);
    }

    Outcome submit(Command command, Duration limit) {
      return server.peer().submit(0, command, limit).await().atMost(LIMIT);
    }

    /** The object as this node answers for it, which it does only when it leads. */
    ObjectAnswer get() {
      GetObject get =
          GetObject.newBuilder()
              .setBucketId(BUCKET)
              .setKey(ByteString.copyFromUtf8("k"))
              .setWithContent(true)
              .build();
      return server
          .peer()
          .query(0, Query.newBuilder().setGetObject(get).build(), LIMIT)
          .await()
          .atMost(LIMIT)
          .getObject();
    }

    String value() {
      return get().getInlineData().toStringUtf8();
    }
  }

  @BeforeEach
  void open() throws IOException {
    Node first = new Node("a");
    Awaitility.await().atMost(LIMIT).until(first::leads);
    for (String name : List.of("b", "c")) {
      Node next = new Node(name);
      first
          .server
          .membership()
          .addVoter(0, next.identity.peerId(), next.address, LIMIT)
          .await()
          .atMost(LIMIT);
    }
  }

  /** At the same time: Ratis takes about a second for each. */
  @AfterEach
  void close() {
    CutOff.heal();
    List<CompletableFuture<Void>> closing = new ArrayList<>();
    for (Node node : nodes) {
      closing.add(
          CompletableFuture.runAsync(
              () -> {
                try {
                  node.server.close();
                } catch (IOException e) {
                  throw new UncheckedIOException(e);
                }
              },
              task -> new Thread(task).start()));
    }
    CompletableFuture.allOf(closing.toArray(CompletableFuture[]::new)).join();
  }

  private Node leader() {
    return leaderBut(null);
  }

  private Node leaderBut(Node cut) {
    return Awaitility.await()
        .atMost(LIMIT)
        .pollInterval(Duration.ofMillis(10))
        .until(
            () -> nodes.stream().filter(node -> node != cut && node.leads()).findFirst(),
            Optional::isPresent)
        .orElseThrow();
  }

  private void handOver(Node to) {
    leader()
        .server
        .membership()
        .transferLeadership(0, to.identity.peerId(), LIMIT)
        .await()
        .atMost(LIMIT);
    Awaitility.await().atMost(LIMIT).until(to::leads);
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
    Node old = leader();
    CutOff.cut(old.identity.peerId());
    Command first = put("1", START_MS + 60_000);
    assertThatThrownBy(() -> old.submit(first, Duration.ofMillis(500)))
        .isInstanceOf(StorageFailure.OutcomeUnknown.class);

    Node next = leaderBut(old);
    Outcome applied = next.submit(first, LIMIT);
    next.submit(put("2", START_MS + 60_000), LIMIT);
    CutOff.heal();
    assertThat(next.submit(first, LIMIT).getPosition()).isEqualTo(applied.getPosition());
    assertThat(next.value()).isEqualTo("2");

    // The one that was cut off knows of it too, by the log alone.
    Awaitility.await()
        .atMost(LIMIT)
        .until(() -> next.identity.peerId().equals(old.server.membership().leader(0)));
    handOver(old);
    assertThat(old.submit(first, LIMIT).getPosition()).isEqualTo(applied.getPosition());
    assertThat(old.value()).isEqualTo("2");
  }

  /** INVARIANTS 5: nobody heard of the attempt before the time in which it was to be applied. */
  @Test
  void submit_attemptStuckOnItsWayUntilAfterItsDeadline_isNeverApplied() {
    Node leader = leader();
    Command stuck = put("1", START_MS + 2_000);
    nodes.forEach(node -> node.clock.pass(Duration.ofSeconds(3)));
    leader.submit(put("2", START_MS + 60_000), LIMIT);
    assertThatThrownBy(() -> leader.submit(stuck, LIMIT))
        .as("certainly not applied")
        .isInstanceOf(StorageFailure.Unavailable.class);
    assertThat(leader.value()).isEqualTo("2");

    // Nor by a leader whose clock is behind: the time that counts is the shard's.
    Node other = nodes.stream().filter(node -> node != leader).findFirst().orElseThrow();
    other.clock.set(START_MS);
    handOver(other);
    assertThatThrownBy(() -> other.submit(stuck, LIMIT))
        .isInstanceOf(StorageFailure.Unavailable.class);
    assertThat(other.value()).isEqualTo("2");

    // Outcomes are forgotten in the end, and then nobody claims to know.
    nodes.forEach(node -> node.clock.set(START_MS + 120_000));
    other.submit(put("3", START_MS + 180_000), LIMIT);
    assertThatThrownBy(() -> other.submit(stuck, LIMIT))
        .isInstanceOf(StorageFailure.OutcomeUnknown.class);
    assertThat(other.value()).isEqualTo("3");
  }

  /** INVARIANTS 7: the later write wins, and is not dated before the earlier one. */
  @Test
  void put_nextLeadersClockIsAnHourBehind_orderAndTimeGoOn() {
    Node ahead = leader();
    ahead.clock.pass(Duration.ofHours(1));
    ahead.submit(put("1", START_MS + 3_660_000), LIMIT);
    ObjectVersion before = ahead.get().getObject();

    Node behind = nodes.stream().filter(node -> node != ahead).findFirst().orElseThrow();
    handOver(behind);
    behind.submit(put("2", START_MS + 3_660_000), LIMIT);

    assertThat(behind.value()).isEqualTo("2");
    ObjectVersion after = behind.get().getObject();
    assertThat(after.getVersion().getIndex()).isGreaterThan(before.getVersion().getIndex());
    assertThat(after.getLastModifiedMs()).isGreaterThanOrEqualTo(before.getLastModifiedMs());
  }

  /** The id was made by the time of a leader whose clock was ahead, and who committed nothing. */
  @Test
  void put_deadlineFarAheadOfTheLeadersClock_isRefusedForThat_andTakenByItsOwnTime() {
    Node leader = leader();
    long deadlineMs = leader.clock.millis() + Duration.ofHours(1).toMillis();
    assertThatThrownBy(() -> leader.submit(put("1", deadlineMs), LIMIT))
        .isInstanceOfSatisfying(
            StorageFailure.Refused.class,
            refused -> assertThat(refused.code()).isEqualTo(RefusalCode.DEADLINE_TOO_FAR));
    leader.submit(put("2", leader.clock.millis() + 60_000), LIMIT);
    assertThat(leader.value()).isEqualTo("2");
  }

  /** Stands still unless it is moved. */
  private static final class SettableClock extends Clock {
    private final AtomicLong millis = new AtomicLong(START_MS);

    void pass(Duration time) {
      millis.addAndGet(time.toMillis());
    }

    void set(long toMillis) {
      millis.set(toMillis);
    }

    @Override
    public long millis() {
      return millis.get();
    }

    @Override
    public Instant instant() {
      return Instant.ofEpochMilli(millis.get());
    }

    @Override
    public ZoneOffset getZone() {
      return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
      return this;
    }
  }
}

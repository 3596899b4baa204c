package io.sluice.metadata.raft;

import static io.sluice.testkit.TestClock.START_MS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.sluice.metadata.gc.GarbageCollector;
import io.sluice.metadata.gc.GcOptions;
import io.sluice.metadata.gc.GcStatus;
import io.sluice.metadata.gc.MemoryReplica;
import io.sluice.metadata.raft.RealPeers.Node;
import io.sluice.storage.MetadataStore;
import io.sluice.storage.StorageFailure;
import io.sluice.storage.chunk.ChunkId;
import io.sluice.storage.proto.Answer;
import io.sluice.storage.proto.ChunkSlice;
import io.sluice.storage.proto.Command;
import io.sluice.storage.proto.ObjectVersion;
import io.sluice.storage.proto.Outcome;
import io.sluice.storage.proto.Part;
import io.sluice.storage.proto.PutObject;
import io.sluice.storage.proto.Query;
import io.sluice.storage.proto.RefusalCode;
import io.smallrye.mutiny.Uni;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** INVARIANTS 2, between the leaders of a shard: what one took for an orphan, and another named. */
class CollectorOfPeersTest {
  private static final Duration LIMIT = TestPeers.LIMIT;

  /** Long after the others have elected one of themselves, it still believes that it leads. */
  private static final RaftNetwork.Timing PATIENT =
      new RaftNetwork.Timing(Duration.ofMillis(300), Duration.ofSeconds(12), Duration.ofSeconds(2));

  private static final GcOptions OPTIONS =
      new GcOptions(
          LIMIT, Duration.ofHours(6), Duration.ofHours(24), 1_000_000, 1_000, 1_000_000_000);

  @TempDir Path directory;
  private final MemoryReplica replica = new MemoryReplica();

  /** The next leader's own clock would allow the name; what the first one's committed does not. */
  @Test
  void runNow_nextLeadersClockIsBehind_pausedWriterIsRefusedAllTheSame() throws IOException {
    try (RealPeers peers = new RealPeers(directory, TestPeers.FAST)) {
      Node ahead = peers.leader();
      ChunkId paused = store(START_MS - Duration.ofHours(25).toMillis(), 1);
      assertThat(collect(ahead, ahead.server.store()).orphanChunks()).isEqualTo(1);
      assertThat(replica.chunks).isEmpty();

      Node behind = peers.nodes.stream().filter(node -> node != ahead).findFirst().orElseThrow();
      behind.clock.set(START_MS - Duration.ofHours(2).toMillis());
      peers.handOver(behind);
      assertThat(collect(behind, behind.server.store()).lastFailure()).isNull();
      assertThatThrownBy(() -> put(behind, paused))
          .isInstanceOfSatisfying(
              StorageFailure.Refused.class,
              refused -> assertThat(refused.code()).isEqualTo(RefusalCode.CHUNK_BELOW_HORIZON));
    }
  }

  /**
   * A leader is cut off. The next one takes a name, and then a horizon; the collector asks who
   * names the chunk where the leader was, and only then where it is.
   */
  @Test
  void runNow_asksALeaderThatIsCutOff_keepsWhatTheNextOneNamed() throws IOException {
    try (RealPeers peers = new RealPeers(directory, PATIENT)) {
      Node old = peers.leader();
      ChunkId named = store(START_MS - Duration.ofHours(26).toMillis(), 1);
      ChunkId orphan = store(START_MS - Duration.ofHours(25).toMillis(), 2);
      CutOff.cut(old.identity.peerId());
      Node next = peers.leaderBut(old);
      put(next, named);

      GcStatus status = collect(next, new AskingFirst(old, next));
      assertThat(old.leads()).as("it believes that it leads").isTrue();
      assertThat(status.lastFailure()).isNull();
      assertThat(replica.chunks).containsExactly(named).doesNotContain(orphan);
    }
  }

  /** Nobody but a leader that is cut off heard of the horizon. The writer was only slow. */
  @Test
  void runNow_horizonStuckInALeaderThatIsCutOff_deletesNothing() throws IOException {
    try (RealPeers peers = new RealPeers(directory, PATIENT)) {
      Node old = peers.leader();
      ChunkId late = store(START_MS - Duration.ofHours(25).toMillis(), 1);
      CutOff.cut(old.identity.peerId());
      Node next = peers.leaderBut(old);

      GcStatus status = collect(next, new Split(old, next));
      put(next, late);
      assertThat(replica.chunks).containsExactly(late);
      assertThat(status.lastFailure()).isNotNull();
      assertThat(old.leads()).as("it believes that it leads").isTrue();
    }
  }

  private ChunkId store(long stampMs, long number) {
    ChunkId chunk = ChunkId.of(0, 7, stampMs, number);
    replica.chunks.add(chunk);
    return chunk;
  }

  private GcStatus collect(Node node, MetadataStore metadata) {
    try (GarbageCollector collector =
        new GarbageCollector(
            metadata,
            shard -> true,
            chunk -> List.of(replica),
            OPTIONS,
            node.clock,
            System::nanoTime,
            new SimpleMeterRegistry())) {
      collector.confirmClock();
      return collector.runNow().await().atMost(LIMIT);
    }
  }

  private static void put(Node leader, ChunkId chunk) {
    leader.submit(
        Command.newBuilder()
            .setPutObject(
                PutObject.newBuilder()
                    .setBucketId(1)
                    .setKey(ByteString.copyFromUtf8("k"))
                    .setObject(ObjectVersion.newBuilder().setSize(1).setEtag("e"))
                    .setPart(
                        Part.newBuilder()
                            .setSize(1)
                            .addSlices(
                                ChunkSlice.newBuilder()
                                    .setChunkId(chunk.toByteString())
                                    .setLength(1))))
            .build(),
        LIMIT);
  }

  /** Where commands and questions go, as far as a gateway knows. */
  private abstract static class Routed implements MetadataStore {
    static final Duration SOON = Duration.ofMillis(500);

    @Override
    public int shardCount() {
      return 1;
    }
  }

  /** The search asks where the leader was, and then where it is. */
  private static final class AskingFirst extends Routed {
    private final Node old;
    private final Node next;

    AskingFirst(Node old, Node next) {
      this.old = old;
      this.next = next;
    }

    @Override
    public Uni<Outcome> submit(int shard, Command command, Duration deadline) {
      return next.server.peer().submit(shard, command, deadline);
    }

    @Override
    public Uni<Answer> query(int shard, Query query, Duration deadline) {
      Uni<Answer> leader = next.server.peer().query(shard, query, deadline);
      return query.hasFindUnreferenced()
          ? old.server.peer().query(shard, query, SOON).onFailure().recoverWithUni(leader)
          : leader;
    }
  }

  /** Commands go where the leader was. */
  private static final class Split extends Routed {
    private final Node old;
    private final Node next;

    Split(Node old, Node next) {
      this.old = old;
      this.next = next;
    }

    @Override
    public Uni<Outcome> submit(int shard, Command command, Duration deadline) {
      return old.server.peer().submit(shard, command, SOON);
    }

    @Override
    public Uni<Answer> query(int shard, Query query, Duration deadline) {
      return next.server.peer().query(shard, query, deadline);
    }
  }
}

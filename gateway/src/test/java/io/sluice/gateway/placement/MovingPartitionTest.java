package io.sluice.gateway.placement;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.sluice.storage.Layout;
import io.sluice.storage.StorageFailure;
import io.sluice.storage.chunk.ChunkId;
import io.sluice.storage.chunk.ChunkReplica;
import io.sluice.storage.chunk.EncodedChunk;
import io.sluice.storage.chunk.StoredFrames;
import io.sluice.storage.chunk.codec.ChunkBuffers;
import io.sluice.storage.chunk.codec.ChunkEncoder;
import io.sluice.storage.chunk.codec.Compression;
import io.sluice.storage.chunk.codec.ZstdWorkspaces;
import io.vertx.core.Future;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Partitions on their way from r0, r1, r2 to r2, r3, r4 (INVARIANTS 4). */
class MovingPartitionTest {
  private static final List<String> OLD = List.of("r0", "r1", "r2");
  private static final List<String> NEW = List.of("r2", "r3", "r4");

  private final List<FakeReplica> replicas =
      IntStream.range(0, 5).mapToObj(i -> new FakeReplica("r" + i)).toList();
  private final Map<String, FakeReplica> byId =
      replicas.stream().collect(Collectors.toMap(FakeReplica::id, Function.identity()));
  private final Layout before = new Layout(1, 3, everywhere(OLD));
  private final Layout moving = new Layout(2, 3, everywhere(OLD), everywhere(NEW));
  private final Layout after = new Layout(3, 3, everywhere(NEW));
  private volatile Layout known = moving;
  private volatile Layout agreed = moving;
  private volatile boolean agreementReachable = true;
  private final AtomicInteger looks = new AtomicInteger();
  private final ScheduledExecutorService timers = Executors.newSingleThreadScheduledExecutor();
  private final RepairBacklog backlog = new RepairBacklog(100);
  private final ChunkBuffers buffers = new ChunkBuffers(1);
  private final ZstdWorkspaces workspaces = new ZstdWorkspaces(Compression.DEFAULT);
  private final ChunkEncoder encoder =
      new ChunkEncoder(new UUID(1, 1), Compression.DEFAULT, buffers, workspaces);
  private final ReplicatedChunkStore store =
      new ReplicatedChunkStore(
          new Topology() {
            @Override
            public Layout layout() {
              return known;
            }

            @Override
            public Future<Layout> lookAgain() {
              looks.incrementAndGet();
              if (!agreementReachable) {
                return Future.failedFuture("cut off");
              }
              known = agreed;
              return Future.succeededFuture(agreed);
            }

            @Override
            public @Nullable ChunkReplica replica(String replicaId) {
              return byId.get(replicaId);
            }

            @Override
            public double weight(String replicaId) {
              return 0;
            }

            @Override
            public boolean isLocal(String replicaId) {
              return false;
            }
          },
          BalancePolicies.following(() -> "round-robin"),
          backlog,
          new ReplicatedChunkStore.Deadlines(
              Duration.ofSeconds(5), Duration.ofSeconds(5), Duration.ofSeconds(5)),
          timers,
          InstantSource.system(),
          new Random(2));

  private static List<List<String>> everywhere(List<String> set) {
    return Collections.nCopies(Layout.PARTITIONS, set);
  }

  @AfterEach
  void close() {
    timers.shutdownNow();
    workspaces.close();
    assertThat(buffers.usedBytes()).isZero();
  }

  private EncodedChunk chunk() {
    return encoder.encode(store.allocate(0), List.of(ByteBuffer.wrap(new byte[1000])));
  }

  private static void mood(FakeReplica.Mood mood, FakeReplica... replicas) {
    for (FakeReplica replica : replicas) {
      replica.mood = mood;
    }
  }

  @Test
  void write_moving_goesToBothSets() {
    EncodedChunk chunk = chunk();
    assertThat(store.write(chunk).succeeded()).isTrue();
    assertThat(replicas).allMatch(r -> r.records().containsKey(chunk.header().id()));
  }

  @Test
  void write_majorityOfTheTargetMissing_isUnavailable() {
    EncodedChunk chunk = chunk();
    mood(FakeReplica.Mood.UNAVAILABLE, replicas.get(3), replicas.get(4));
    assertThat(store.write(chunk).cause()).isInstanceOf(StorageFailure.Unavailable.class);
    assertThat(looks).hasValue(1);
  }

  @Test
  void write_majorityOfTheOldMissing_isUnavailable() {
    EncodedChunk chunk = chunk();
    mood(FakeReplica.Mood.UNAVAILABLE, replicas.get(0), replicas.get(1));
    assertThat(store.write(chunk).cause()).isInstanceOf(StorageFailure.Unavailable.class);
  }

  @Test
  void write_waitsForTheSlowerSet() {
    EncodedChunk chunk = chunk();
    mood(FakeReplica.Mood.STALLED, replicas.get(2), replicas.get(3));
    Future<Void> write = store.write(chunk);
    assertThat(write.isComplete()).as("r0, r1 and r4 have it").isFalse();
    // One replica of both sets.
    replicas.get(2).answerAll();
    assertThat(write.succeeded()).isTrue();
    replicas.get(3).answerAll();
  }

  @Test
  void write_oneOfEachMissing_succeedsAndBothAreNoted() {
    EncodedChunk chunk = chunk();
    mood(FakeReplica.Mood.UNAVAILABLE, replicas.get(0), replicas.get(4));
    assertThat(store.write(chunk).succeeded()).isTrue();
    assertThat(backlog.drain(10).stream().map(RepairBacklog.Copy::replicaId))
        .containsExactlyInAnyOrder("r0", "r4");
  }

  @Test
  void write_refusedForAnOldLayout_looksAgainAndWritesByTheNewOne() {
    known = before;
    EncodedChunk chunk = chunk();
    replicas.forEach(r -> r.raiseLayoutVersion(2));
    assertThat(store.write(chunk).succeeded()).isTrue();
    assertThat(looks).hasValue(1);
    assertThat(replicas).allMatch(r -> r.records().containsKey(chunk.header().id()));
  }

  /** A gateway that sleeps through a move and wakes up cut off must not acknowledge anything. */
  @Test
  void write_refusedByTheOldMajorityAndCutOff_isNeverAcknowledged() {
    known = before;
    agreementReachable = false;
    EncodedChunk chunk = chunk();
    replicas.get(0).raiseLayoutVersion(2);
    replicas.get(1).raiseLayoutVersion(2);
    assertThat(store.write(chunk).cause()).isInstanceOf(StorageFailure.Unavailable.class);
  }

  @Test
  void allocate_targetWithoutQuorum_isUnavailable() {
    replicas.get(3).state = ChunkReplica.State.FAILED;
    store.allocate(0);
    replicas.get(4).state = ChunkReplica.State.FAILED;
    assertThatThrownBy(() -> store.allocate(0)).isInstanceOf(StorageFailure.Unavailable.class);
  }

  @Test
  void read_moving_asksThoseThatHaveEverythingFirst() {
    EncodedChunk chunk = chunk();
    ChunkId id = chunk.header().id();
    assertThat(store.write(chunk).succeeded()).isTrue();
    for (int i = 0; i < 9; i++) {
      release(store.read(id, 0, 1));
    }
    assertThat(replicas.get(3).reads).hasValue(0);
    assertThat(replicas.get(4).reads).hasValue(0);
  }

  @Test
  void read_oldOnesGone_comesFromTheTarget() {
    EncodedChunk chunk = chunk();
    ChunkId id = chunk.header().id();
    assertThat(store.write(chunk).succeeded()).isTrue();
    OLD.forEach(old -> byId.get(old).state = ChunkReplica.State.FAILED);
    release(store.read(id, 0, 1));
  }

  /** The old replicas have dropped what moved away, and this gateway has not heard of it. */
  @Test
  void read_byAnOldLayout_findsTheChunkWhereItMoved() {
    EncodedChunk chunk = chunk();
    ChunkId id = chunk.header().id();
    assertThat(store.write(chunk).succeeded()).isTrue();
    replicas.get(0).records().clear();
    replicas.get(1).records().clear();
    replicas.get(2).records().clear();
    known = before;
    agreed = after;
    release(store.read(id, 0, 1));
    assertThat(looks).hasValue(1);
  }

  private static void release(Future<StoredFrames> read) {
    assertThat(read.succeeded()).isTrue();
    ByteBuf stored = read.result().stored();
    assertThat(stored).isNotEqualTo(Unpooled.EMPTY_BUFFER);
    stored.release();
  }
}

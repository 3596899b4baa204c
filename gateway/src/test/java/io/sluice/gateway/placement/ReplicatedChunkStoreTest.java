package io.sluice.gateway.placement;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

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
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ReplicatedChunkStoreTest {
  private final List<FakeReplica> replicas =
      IntStream.range(0, 3).mapToObj(i -> new FakeReplica("r" + i)).toList();
  private final Map<String, FakeReplica> byId =
      replicas.stream().collect(Collectors.toMap(FakeReplica::id, Function.identity()));
  private final Layout layout =
      new Layout(1, 3, Collections.nCopies(Layout.PARTITIONS, List.of("r0", "r1", "r2")));
  private final ScheduledExecutorService timers = Executors.newSingleThreadScheduledExecutor();
  private final RepairBacklog backlog = new RepairBacklog(100);
  private final ChunkBuffers buffers = new ChunkBuffers(1);
  private final ZstdWorkspaces workspaces = new ZstdWorkspaces(Compression.DEFAULT);
  private final ChunkEncoder encoder =
      new ChunkEncoder(new UUID(1, 1), Compression.DEFAULT, buffers, workspaces);
  private final BalancePolicy policy = new LeastConnections();
  private final ReplicatedChunkStore store = store(Duration.ofSeconds(30));

  private ReplicatedChunkStore store(Duration deadline) {
    return new ReplicatedChunkStore(
        () -> layout,
        byId::get,
        () -> policy,
        backlog,
        new ReplicatedChunkStore.Deadlines(deadline, deadline, deadline.multipliedBy(20)),
        timers,
        InstantSource.system(),
        new Random(2));
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

  @Test
  void write_allWell_isOnEveryReplica() {
    EncodedChunk chunk = chunk();
    assertThat(store.write(chunk).succeeded()).isTrue();
    assertThat(replicas).allMatch(r -> r.records().containsKey(chunk.header().id()));
    assertThat(backlog.size()).isZero();
  }

  @Test
  void write_oneReplicaFails_succeedsAndIsNotedForRepair() {
    replicas.get(0).mood = FakeReplica.Mood.UNAVAILABLE;
    EncodedChunk chunk = chunk();
    assertThat(store.write(chunk).succeeded()).isTrue();
    assertThat(backlog.drain(10))
        .containsExactly(new RepairBacklog.Copy(chunk.header().id(), "r0"));
  }

  @Test
  void write_oneReplicaFailsLate_isNotedForRepairAfterTheAcknowledgement() {
    replicas.get(2).mood = FakeReplica.Mood.STALLED;
    replicas.get(2).failNextWrites.set(1);
    assertThat(store.write(chunk()).succeeded()).isTrue();
    assertThat(backlog.size()).isZero();
    replicas.get(2).answerAll();
    assertThat(backlog.size()).isEqualTo(1);
  }

  @Test
  void write_oneReplicaNeverAnswers_isNotedForRepairAtTheDeadline() {
    replicas.get(2).mood = FakeReplica.Mood.STALLED;
    assertThat(store(Duration.ofMillis(30)).write(chunk()).succeeded()).isTrue();
    await().until(() -> backlog.size() == 1);
    replicas.get(2).answerAll();
  }

  @Test
  void allocate_sameKey_samePartitionAndAnotherKeyAnother() {
    ReplicatedChunkStore byKey =
        new ReplicatedChunkStore(
            () -> layout,
            byId::get,
            BalancePolicies.following(() -> "consistent-hash"),
            backlog,
            ReplicatedChunkStore.Deadlines.DEFAULT,
            timers,
            InstantSource.system(),
            new Random(2));
    int partition = byKey.allocate(5).partition();
    assertThat(byKey.allocate(5).partition()).isEqualTo(partition);
    assertThat(byKey.allocate(5 + 0x9e3779b97f4a7c15L).partition()).isNotEqualTo(partition);
  }

  @Test
  void allocate_onePartitionWhole_isPreferredToThoseWithAMereQuorum() {
    List<List<String>> sets =
        new ArrayList<>(Collections.nCopies(Layout.PARTITIONS, List.of("r0", "r1", "r2")));
    sets.set(77, List.of("r0", "r1"));
    Layout uneven = new Layout(1, 3, sets);
    replicas.get(2).state = ChunkReplica.State.FAILED;
    ReplicatedChunkStore whole =
        new ReplicatedChunkStore(
            () -> uneven,
            byId::get,
            () -> policy,
            backlog,
            ReplicatedChunkStore.Deadlines.DEFAULT,
            timers,
            InstantSource.system(),
            new Random(2));
    assertThat(whole.allocate(0).partition()).isEqualTo(77);
  }

  @Test
  void write_quorumStalls_waitsForIt() {
    replicas.get(1).mood = FakeReplica.Mood.STALLED;
    replicas.get(2).mood = FakeReplica.Mood.STALLED;
    Future<Void> write = store.write(chunk());
    assertThat(write.isComplete()).isFalse();
    replicas.get(2).answerAll();
    assertThat(write.succeeded()).isTrue();
  }

  @Test
  void write_twoReplicasFail_isUnavailable() {
    replicas.get(0).mood = FakeReplica.Mood.UNAVAILABLE;
    replicas.get(1).mood = FakeReplica.Mood.UNAVAILABLE;
    assertThat(store.write(chunk()).cause()).isInstanceOf(StorageFailure.Unavailable.class);
    assertThat(backlog.size()).isZero();
  }

  @Test
  void write_pastItsDeadline_isUnavailable() {
    replicas.get(0).mood = FakeReplica.Mood.STALLED;
    replicas.get(1).mood = FakeReplica.Mood.STALLED;
    Future<Void> write = store(Duration.ofMillis(30)).write(chunk());
    await().until(write::failed);
    assertThat(write.cause()).isInstanceOf(StorageFailure.Unavailable.class);
  }

  @Test
  void allocate_noQuorumWritable_isUnavailable() {
    replicas.get(0).state = ChunkReplica.State.READ_ONLY;
    store.allocate(0);
    replicas.get(1).state = ChunkReplica.State.FAILED;
    assertThatThrownBy(() -> store.allocate(0)).isInstanceOf(StorageFailure.Unavailable.class);
  }

  @Test
  void read_leastBusyReplicaIsAsked() {
    EncodedChunk chunk = chunk();
    ChunkId id = chunk.header().id();
    assertThat(store.write(chunk).succeeded()).isTrue();
    replicas.get(0).load = new ChunkReplica.Load(5, 1 << 20, 1, 1);
    replicas.get(1).load = new ChunkReplica.Load(1, 1 << 10, 1, 1);
    replicas.get(2).load = new ChunkReplica.Load(2, 1 << 10, 1, 1);
    release(store.read(id, 0, 1));
    assertThat(replicas.get(1).reads).hasValue(1);
  }

  @Test
  void read_damagedAndMissingCopies_comesFromTheThirdAndBothAreNoted() {
    EncodedChunk chunk = chunk();
    ChunkId id = chunk.header().id();
    assertThat(store.write(chunk).succeeded()).isTrue();
    replicas.get(0).damaged = true;
    replicas.get(1).records().clear();
    release(store.read(id, 0, 1));
    assertThat(backlog.drain(10))
        .containsExactlyInAnyOrder(
            new RepairBacklog.Copy(id, "r0"), new RepairBacklog.Copy(id, "r1"));
  }

  @Test
  void read_slowReplica_isReplacedAndItsLateAnswerReleased() {
    EncodedChunk chunk = chunk();
    ChunkId id = chunk.header().id();
    assertThat(store.write(chunk).succeeded()).isTrue();
    replicas.get(0).mood = FakeReplica.Mood.STALLED;
    Future<StoredFrames> read = store(Duration.ofMillis(30)).read(id, 0, 1);
    await().until(read::succeeded);
    release(read);
    replicas.get(0).answerAll();
  }

  @Test
  void read_nobodyHasIt_isChunkNotFound() {
    assertThat(store.read(store.allocate(0), 0, 1).cause())
        .isInstanceOf(StorageFailure.ChunkNotFound.class);
  }

  @Test
  void read_oneReplicaDown_othersDontHaveIt_isUnavailable() {
    replicas.get(0).state = ChunkReplica.State.FAILED;
    assertThat(store.read(store.allocate(0), 0, 1).cause())
        .isInstanceOf(StorageFailure.Unavailable.class);
  }

  @Test
  void repairBacklog_full_forgetsAndCounts() {
    RepairBacklog small = new RepairBacklog(1);
    small.add(store.allocate(0), "r0");
    small.add(store.allocate(0), "r0");
    assertThat(small.size()).isEqualTo(1);
    assertThat(small.forgotten()).isEqualTo(1);
  }

  private static void release(Future<StoredFrames> read) {
    assertThat(read.succeeded()).isTrue();
    read.result().stored().release();
  }
}

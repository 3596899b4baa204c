package io.sluice.cluster.heal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.sluice.cluster.layout.FirstLayout;
import io.sluice.cluster.layout.KeeperOptions;
import io.sluice.cluster.layout.LayoutKeeper;
import io.sluice.cluster.layout.Liveness;
import io.sluice.cluster.layout.RendezvousLayout;
import io.sluice.cluster.view.ClusterView;
import io.sluice.storage.Layout;
import io.sluice.storage.MetadataStore;
import io.sluice.storage.StorageFailure;
import io.sluice.storage.chunk.ChunkFrame;
import io.sluice.storage.chunk.ChunkHeader;
import io.sluice.storage.chunk.ChunkId;
import io.sluice.storage.chunk.ChunkRecord;
import io.sluice.storage.chunk.ChunkReplica;
import io.sluice.storage.chunk.EncodedChunk;
import io.sluice.storage.proto.Answer;
import io.sluice.storage.proto.ClusterState;
import io.sluice.storage.proto.Command;
import io.sluice.storage.proto.DiskRecord;
import io.sluice.storage.proto.LayoutRecord;
import io.sluice.storage.proto.NodeRecord;
import io.sluice.storage.proto.Outcome;
import io.sluice.storage.proto.Query;
import io.sluice.storage.proto.Refusal;
import io.sluice.storage.proto.RefusalCode;
import io.sluice.storage.proto.SettingRecord;
import io.sluice.storage.proto.SyncItem;
import io.sluice.storage.proto.SyncRequest;
import io.sluice.testkit.InMemoryReplica;
import io.smallrye.mutiny.Uni;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Nodes of one disk each, with real healing and layout keeping over disks and metadata in memory.
 * Nodes can be given another disk in place of the first, which is lost then.
 */
final class TestCluster implements AutoCloseable {
  static final UUID CLUSTER = new UUID(7, 7);
  static final Duration PATIENCE = Duration.ofSeconds(20);

  /** Of every so many partitions one is filled. */
  private static final int PARTITION_STEP = 16;

  private static final HealOptions HEAL =
      new HealOptions(
          1L << 40,
          1L << 40,
          4,
          2,
          Duration.ofHours(1),
          Duration.ofMillis(1),
          3,
          Duration.ofSeconds(5));

  final Map<String, InMemoryReplica> disks = new LinkedHashMap<>();
  final Map<String, Healer> healers = new LinkedHashMap<>();
  final Set<String> silent = ConcurrentHashMap.newKeySet();
  final Map<String, NodeRecord.State> states = new ConcurrentHashMap<>();
  final Set<String> retired = ConcurrentHashMap.newKeySet();
  private final Map<String, String> nodeOfDisk = new ConcurrentHashMap<>();
  final Set<String> refill = ConcurrentHashMap.newKeySet();

  /** What happens when fences were raised, before lists are taken. */
  volatile Runnable beforeSync = () -> {};

  final Map<String, String> zones = new ConcurrentHashMap<>();
  final Map<String, String> settings = new ConcurrentHashMap<>();
  final Map<String, SyncRequest> lastAsked = new ConcurrentHashMap<>();
  final Shard0 shard0 = new Shard0();
  LayoutKeeper keeper;
  volatile ClusterView seenByHealers = view();

  TestCluster(int replicas, String... nodes) {
    this(Layout.PARTITIONS, replicas, nodes);
  }

  TestCluster(int movesMax, int replicas, String... nodes) {
    for (String node : nodes) {
      disks.put("disk-" + node, new InMemoryReplica("disk-" + node));
      states.put(node, NodeRecord.State.NODE_ACTIVE);
    }
    for (String node : nodes) {
      healers.put(node, healer("disk-" + node));
    }
    keeper = newKeeper(movesMax, replicas);
  }

  /** One of another node, which knows nothing of what others began. */
  LayoutKeeper newKeeper(int movesMax, int replicas) {
    return new LayoutKeeper(
        this::view,
        () -> true,
        shard0,
        new Hearing(),
        this::reachable,
        (node, request) -> {
          beforeSync.run();
          lastAsked.put(node.getName(), request);
          return Uni.createFrom().item(() -> healers.get(node.getName()).sync(request));
        },
        new KeeperOptions(
            Duration.ofMinutes(1),
            new FirstLayout(replicas, replicas),
            movesMax,
            RendezvousLayout.Spread.NODES,
            Duration.ofMillis(10),
            Duration.ofSeconds(5)),
        () -> {});
  }

  private Healer healer(String disk) {
    return new Healer(
        () -> seenByHealers,
        Map.of(disk, disks.get(disk)),
        this::reachable,
        HEAL,
        System::nanoTime,
        new SimpleMeterRegistry());
  }

  /** The node has an empty disk from now on instead of the one it had. */
  void replaceDisk(String node, String disk) {
    disks.remove("disk-" + node);
    disks.put(disk, new InMemoryReplica(disk));
    nodeOfDisk.put(disk, node);
    refill.add(disk);
    healers.put(node, healer(disk));
  }

  InMemoryReplica disk(String node) {
    return disks.get("disk-" + node);
  }

  @Nullable ChunkReplica reachable(String disk) {
    return disks.get(disk);
  }

  ClusterView view() {
    ClusterState.Builder state = ClusterState.newBuilder().setRevision(shard0.layout.getVersion());
    state.setLayout(shard0.layout);
    disks
        .keySet()
        .forEach(
            disk -> {
              String node = nodeOfDisk.getOrDefault(disk, disk.substring("disk-".length()));
              state.addNodes(
                  NodeRecord.newBuilder()
                      .setName(node)
                      .setIncarnation(node)
                      .setState(states.get(node))
                      .setZone(zones.getOrDefault(node, ""))
                      .addDisks(
                          DiskRecord.newBuilder()
                              .setId(disk)
                              .setRetired(retired.contains(disk))
                              .setRefill(refill.contains(disk))
                              .setCapacityBytes(1)));
            });
    settings.forEach(
        (name, value) ->
            state.addSettings(SettingRecord.newBuilder().setName(name).setValue(value)));
    return ClusterView.of(state.build());
  }

  Layout layout() {
    return view().layout();
  }

  /** One look of the keeper; healers see what it committed. */
  void look() {
    keeper.look().await().atMost(Duration.ofSeconds(10));
    seenByHealers = view();
  }

  /** From which layout on a disk of a node was last asked to compare a partition. */
  long lastAskedSince(String node, int partition) {
    return lastAsked.get(node).getItemsList().stream()
        .filter(item -> item.getPartition() == partition)
        .mapToLong(SyncItem::getSince)
        .findFirst()
        .orElseThrow();
  }

  /** Writes as a gateway does that knows a layout: to all holders, and counts majorities. */
  boolean write(ChunkId id, Layout known) {
    EncodedChunk chunk = chunk(id);
    try {
      int partition = id.partition();
      Set<String> written = ConcurrentHashMap.newKeySet();
      for (String holder : known.holdersOf(partition)) {
        disks.get(holder).write(chunk, known.version()).onSuccess(done -> written.add(holder));
      }
      return majority(known.replicasOf(partition), written)
          && (!known.isMoving(partition) || majority(known.targetOf(partition), written));
    } finally {
      chunk.release();
    }
  }

  private static boolean majority(List<String> set, Set<String> written) {
    return set.stream().filter(written::contains).count() >= Layout.quorumOf(set.size());
  }

  /** Writes ten chunks into each of some partitions. */
  List<ChunkId> fill() {
    return fill(0, 10);
  }

  /**
   * Writes chunks into each of some partitions.
   *
   * @param from number of the first
   */
  List<ChunkId> fill(int from, int count) {
    List<ChunkId> written = new ArrayList<>();
    Layout layout = layout();
    for (int partition = 0; partition < Layout.PARTITIONS; partition += PARTITION_STEP) {
      for (int number = from; number < from + count; number++) {
        ChunkId chunk = id(partition, number);
        assertThat(write(chunk, layout)).isTrue();
        written.add(chunk);
      }
    }
    return written;
  }

  /** Nodes are to be left by everything. */
  void drain(String... nodes) {
    List.of(nodes).forEach(node -> states.put(node, NodeRecord.State.NODE_DRAINING));
  }

  /** Nodes may keep something. */
  void activate(String... nodes) {
    List.of(nodes).forEach(node -> states.put(node, NodeRecord.State.NODE_ACTIVE));
  }

  /** A node answers no more, and was not heard of for long. */
  void lose(String node) {
    disk(node).down(true);
    silent.add(node);
  }

  /** Looks until nothing moves, and nothing is left on nodes that drain or are silent. */
  void settle() {
    await()
        .atMost(PATIENCE)
        .until(
            () -> {
              look();
              Layout layout = layout();
              boolean leaves =
                  states.entrySet().stream()
                      .filter(
                          node ->
                              node.getValue() == NodeRecord.State.NODE_DRAINING
                                  || silent.contains(node.getKey()))
                      .anyMatch(node -> uses(layout, "disk-" + node.getKey()));
              return movingCount() == 0 && !leaves;
            });
  }

  /** Waits until no healer knows of anything that its disks may lack. */
  void awaitProven() {
    await()
        .atMost(PATIENCE)
        .until(() -> healers.values().stream().allMatch(h -> h.unproven().isEmpty()));
  }

  static boolean isIdle(Healer healer) {
    return healer.figures().getWaiting() == 0 && healer.figures().getRunning() == 0;
  }

  int movingCount() {
    Layout layout = layout();
    int moving = 0;
    for (int partition = 0; partition < Layout.PARTITIONS; partition++) {
      moving += layout.isMoving(partition) ? 1 : 0;
    }
    return moving;
  }

  static boolean uses(Layout layout, String disk) {
    return layout.partitions().stream().anyMatch(set -> set.contains(disk));
  }

  /** A partition that lies on these disks, if possible one that is filled. */
  static int partitionWith(Layout layout, String... disks) {
    List<String> wanted = List.of(disks);
    return IntStream.concat(
            IntStream.iterate(0, p -> p < Layout.PARTITIONS, p -> p + PARTITION_STEP),
            IntStream.range(0, Layout.PARTITIONS))
        .filter(partition -> layout.replicasOf(partition).containsAll(wanted))
        .findFirst()
        .orElseThrow(() -> new AssertionError("no partition lies on " + wanted));
  }

  /** Every replica of their partitions has them. */
  void assertEverywhere(List<ChunkId> chunks) {
    for (ChunkId chunk : chunks) {
      for (String disk : layout().replicasOf(chunk.partition())) {
        assertThat(disks.get(disk).ids()).as(disk).contains(chunk);
      }
    }
  }

  static ChunkId id(int partition, int number) {
    return ChunkId.of(0, partition, 1_000 + number, number);
  }

  static EncodedChunk chunk(ChunkId id) {
    byte[] body = id.toString().getBytes(java.nio.charset.StandardCharsets.US_ASCII);
    CRC32C crc = new CRC32C();
    crc.update(body);
    ChunkFrame frame = new ChunkFrame(body.length, false, (int) crc.getValue());
    ChunkHeader header = new ChunkHeader(id, CLUSTER, false, body.length, List.of(frame));
    ByteBuf record = Unpooled.buffer(header.recordLength());
    record.writerIndex(header.headLength());
    ChunkRecord.writeHead(header, record.nioBuffer(0, header.headLength()));
    record.writeBytes(body);
    return new EncodedChunk(header, record);
  }

  @Override
  public void close() {
    keeper.close();
    healers.values().forEach(Healer::close);
  }

  private final class Hearing implements Liveness {
    @Override
    public boolean isUp(String node) {
      return !silent.contains(node);
    }

    @Override
    public Duration silentFor(String node) {
      return silent.contains(node) ? Duration.ofHours(1) : Duration.ZERO;
    }
  }

  /** Takes a layout that follows the one it has. */
  static final class Shard0 implements MetadataStore {
    volatile LayoutRecord layout = LayoutRecord.getDefaultInstance();

    /** What happens between a keeper's look and its command. */
    volatile Runnable beforeSubmit = () -> {};

    @Override
    public int shardCount() {
      return 1;
    }

    @Override
    public Uni<Outcome> submit(int shard, Command command, Duration deadline) {
      beforeSubmit.run();
      LayoutRecord next = command.getPutLayout().getLayout();
      if (next.getVersion() != layout.getVersion() + 1) {
        return Uni.createFrom()
            .failure(
                new StorageFailure.Refused(
                    Refusal.newBuilder().setCode(RefusalCode.CONFLICT).build()));
      }
      layout = next;
      return Uni.createFrom().item(Outcome.getDefaultInstance());
    }

    @Override
    public Uni<Answer> query(int shard, Query query, Duration deadline) {
      throw new UnsupportedOperationException();
    }
  }
}

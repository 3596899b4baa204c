package io.sluice.app.server;

import io.micrometer.core.instrument.MeterRegistry;
import io.sluice.app.node.DiskWatch;
import io.sluice.app.node.HealShown;
import io.sluice.app.node.LocalDisks;
import io.sluice.cluster.heal.HealOptions;
import io.sluice.cluster.heal.Healer;
import io.sluice.cluster.layout.FirstLayout;
import io.sluice.cluster.layout.KeeperOptions;
import io.sluice.cluster.layout.LayoutKeeper;
import io.sluice.cluster.layout.Liveness;
import io.sluice.cluster.layout.RendezvousLayout;
import io.sluice.cluster.view.ClusterView;
import io.sluice.gateway.placement.RepairBacklog;
import io.sluice.storage.FormatRange;
import io.sluice.storage.Layout;
import io.sluice.storage.MetadataStore;
import io.sluice.storage.chunk.ChunkId;
import io.sluice.storage.chunk.ChunkReplica;
import io.sluice.storage.proto.DiskRecord;
import io.sluice.storage.proto.NodeRecord;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the disks of a node that is alone whole, by the means that a cluster has: one that takes no
 * writes for long leaves the layout, one that is new gets its share, and copies that are missing or
 * damaged are made again from the others. Here this node itself says how its disks are; what comes
 * of it is agreed as ever, in the layout. Any thread.
 */
final class LoneDisks implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(LoneDisks.class);
  private static final String SELF = "this node";

  private static final String SINGLE =
      "this server is alone and has one disk: there is no other copy to compare with"
          + " (sluice scrub status shows how what it keeps is checked)";

  private static final long TICK_MS = 1_000;
  private static final Duration CALL_LIMIT = Duration.ofSeconds(10);
  private static final int REPAIRS_MAX = 2_000;

  private final LocalDisks disks;
  private final ClusterLayout agreed;
  private final RepairBacklog backlog;
  private final DiskWatch watch;
  private final Healer healer;
  private final LayoutKeeper keeper;
  private volatile Layout layout;
  private volatile Set<String> out;
  private volatile boolean closed;

  /**
   * @param agreed the layout in the metadata
   * @param first the one in force now
   * @param leads whether the metadata can be written here
   * @param diskOut how long a disk may take no writes
   * @param healRate bytes that are copied in a second, at most
   */
  LoneDisks(
      LocalDisks disks,
      MetadataStore metadata,
      ClusterLayout agreed,
      Layout first,
      BooleanSupplier leads,
      RepairBacklog backlog,
      Duration diskOut,
      long healRate,
      MeterRegistry meters) {
    this.disks = disks;
    this.agreed = agreed;
    this.backlog = backlog;
    this.layout = first;
    this.watch = new DiskWatch(disks.replicas().values(), diskOut, System::nanoTime);
    // Left it before this start, and is no better.
    this.out =
        disks.replicas().values().stream()
            .filter(disk -> disk.state() != ChunkReplica.State.WRITABLE)
            .map(ChunkReplica::id)
            .filter(disk -> !first.disks().contains(disk))
            .collect(Collectors.toSet());
    this.healer =
        new Healer(
            this::view,
            disks.byId(),
            disks::replica,
            HealOptions.DEFAULT.withBytesPerSecond(healRate),
            System::nanoTime,
            meters);
    this.keeper =
        new LayoutKeeper(
            this::view,
            leads,
            metadata,
            new Here(),
            disks::replica,
            (node, request) -> Uni.createFrom().item(() -> healer.sync(request)),
            new KeeperOptions(
                diskOut,
                new FirstLayout(first.replicas(), 1),
                Layout.PARTITIONS,
                RendezvousLayout.Spread.DISKS,
                Duration.ofMillis(TICK_MS),
                CALL_LIMIT),
            this::lookAgain);
  }

  /** Begins; a single disk has nothing to be made whole from. */
  void start(Vertx vertx) {
    if (isSingle()) {
      return;
    }
    healer.start();
    keeper.start();
    vertx.setPeriodic(
        TICK_MS,
        timer -> {
          if (closed) {
            vertx.cancelTimer(timer);
          } else {
            tick();
          }
        });
  }

  private void tick() {
    Set<String> before = out;
    Set<String> next = watch.look(before);
    if (!next.equals(before)) {
      Set<String> leave = new HashSet<>(next);
      leave.removeAll(before);
      leave.forEach(disk -> LOG.error("disk {} took no writes for too long", disk));
      out = next;
    }
    for (RepairBacklog.Copy copy : backlog.drain(REPAIRS_MAX)) {
      healer.repair(copy.replicaId(), copy.chunk());
    }
  }

  private void lookAgain() {
    agreed
        .ask()
        .subscribe()
        .with(
            newest -> {
              if (newest.version() > layout.version()) {
                layout = newest;
              }
            },
            failure -> LOG.warn("the layout can't be read: {}", failure.toString()));
  }

  /** The newest layout. */
  Layout layout() {
    return layout;
  }

  /** A copy is damaged. */
  void repair(String disk, ChunkId chunk) {
    healer.repair(disk, chunk);
  }

  /** How healing is, for people. Its disks are compared with each other: a single one is not. */
  JsonObject heal() {
    return isSingle() ? new JsonObject().put("message", SINGLE) : HealShown.of(healer.figures());
  }

  /** Compares all that there is to compare, and tells how that is. Returns at once. */
  JsonObject healNow() {
    if (!isSingle()) {
      healer.compareAll();
    }
    return heal();
  }

  private boolean isSingle() {
    return disks.replicas().size() < 2;
  }

  private ClusterView view() {
    Layout now = layout;
    Set<String> retired = out;
    NodeRecord.Builder node = NodeRecord.newBuilder().setName(SELF);
    for (ChunkReplica disk : disks.replicas().values()) {
      node.addDisks(
          DiskRecord.newBuilder()
              .setId(disk.id())
              .setCapacityBytes(disk.load().capacityBytes())
              .setRetired(retired.contains(disk.id()))
              .setRefill(true));
    }
    Map<String, String> nodeOfDisk =
        disks.replicas().keySet().stream().collect(Collectors.toMap(disk -> disk, disk -> SELF));
    return new ClusterView(
        now.version(),
        now,
        Map.of(SELF, node.build()),
        nodeOfDisk,
        Map.of(),
        Set.of(),
        FormatRange.CURRENT.newest());
  }

  @Override
  public void close() {
    closed = true;
    keeper.close();
    healer.close();
  }

  /** There is nobody else. */
  private static final class Here implements Liveness {
    @Override
    public boolean isUp(String node) {
      return true;
    }

    @Override
    public Duration silentFor(String node) {
      return Duration.ZERO;
    }
  }
}

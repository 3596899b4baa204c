package io.sluice.app.cluster;

import io.sluice.storage.MetadataStore;
import io.sluice.storage.chunk.ChunkReplica;
import io.sluice.storage.proto.Command;
import io.sluice.storage.proto.NodeRecord;
import io.sluice.storage.proto.RegisterNode;
import io.smallrye.mutiny.Uni;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes disks of this node out of the layout that failed, or have been full for long, and back in
 * when they have taken writes for as long. Each node says so of its own disks, in the metadata:
 * what others hear of them over the network could be forged.
 *
 * <p>A full disk leaves only while the others have room for twice what it holds: else a full
 * cluster would copy everything to and fro. For one call at a time, on any thread.
 */
final class DiskRetirement {
  private static final Logger LOG = LoggerFactory.getLogger(DiskRetirement.class);
  private static final Duration LIMIT = Duration.ofSeconds(10);

  private final Collection<? extends ChunkReplica> disks;
  private final Function<Set<String>, NodeRecord> record;
  private final MetadataStore metadata;
  private final LongSupplier roomElsewhere;
  private final Duration after;
  private final LongSupplier nanoTime;
  private final Map<String, Long> otherwiseSinceNanos = new HashMap<>();
  private final AtomicBoolean busy = new AtomicBoolean();
  private volatile Set<String> retired = Set.of();

  /**
   * @param disks of this node
   * @param record what this node registers, given the disks that are retired
   * @param roomElsewhere bytes free on disks of other nodes that take writes
   * @param after how long a disk must be out of order, or in order again
   */
  DiskRetirement(
      Collection<? extends ChunkReplica> disks,
      Function<Set<String>, NodeRecord> record,
      MetadataStore metadata,
      LongSupplier roomElsewhere,
      Duration after,
      LongSupplier nanoTime) {
    this.disks = List.copyOf(disks);
    this.record = record;
    this.metadata = metadata;
    this.roomElsewhere = roomElsewhere;
    this.after = after;
    this.nanoTime = nanoTime;
  }

  /** Looks once, and registers what changed; never fails. */
  Uni<Void> look() {
    if (!busy.compareAndSet(false, true)) {
      return Uni.createFrom().voidItem();
    }
    Set<String> now = due();
    if (now.equals(retired)) {
      busy.set(false);
      return Uni.createFrom().voidItem();
    }
    Command command =
        Command.newBuilder()
            .setRegisterNode(RegisterNode.newBuilder().setNode(record.apply(now)))
            .build();
    return metadata
        .submit(MetadataStore.ROOT_SHARD, command, LIMIT)
        .invoke(
            () -> {
              LOG.warn("Disks out of the layout: {}; before: {}", now, retired);
              retired = now;
            })
        .replaceWithVoid()
        .onFailure()
        .invoke(failure -> LOG.warn("Disks could not be retired yet: {}", failure.toString()))
        .onFailure()
        .recoverWithNull()
        .onTermination()
        .invoke(() -> busy.set(false));
  }

  private Set<String> due() {
    long nanos = nanoTime.getAsLong();
    Set<String> due = new HashSet<>(retired);
    for (ChunkReplica disk : disks) {
      boolean isOut = retired.contains(disk.id());
      boolean outOfOrder = disk.state() != ChunkReplica.State.WRITABLE;
      if (isOut != outOfOrder) {
        long since = otherwiseSinceNanos.computeIfAbsent(disk.id(), unused -> nanos);
        if (nanos - since >= after.toNanos() && (isOut || hasRoom(disk))) {
          boolean unused = isOut ? due.remove(disk.id()) : due.add(disk.id());
        }
      } else {
        otherwiseSinceNanos.remove(disk.id());
      }
    }
    return due;
  }

  private boolean hasRoom(ChunkReplica disk) {
    if (disk.state() == ChunkReplica.State.FAILED) {
      return true;
    }
    ChunkReplica.Load load = disk.load();
    return roomElsewhere.getAsLong() / 2 > load.capacityBytes() - load.freeBytes();
  }
}

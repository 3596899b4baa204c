package io.sluice.app.node;

import io.sluice.storage.chunk.ChunkReplica;
import io.sluice.storage.chunk.ChunkReplica.State;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.LongSupplier;

/**
 * Says which disks of this node are to leave the layout: those that took no writes for longer than
 * a limit, whatever the reason, on a monotonic clock. One that takes writes again is wanted back
 * after a while, and not before a tenth of it is free: data that was full once would fill it at
 * once again.
 *
 * <p>For one thread at a time.
 */
public final class DiskWatch {
  private static final Duration WELL_MAX = Duration.ofMinutes(1);
  private static final double SHARE_FREE = 0.1;

  private final List<ChunkReplica> disks;
  private final long limitNanos;
  private final LongSupplier nanoTime;
  private final Map<String, Long> illSince = new HashMap<>();
  private final Map<String, Long> wellSince = new HashMap<>();

  /**
   * @param limit how long a disk may take no writes
   */
  public DiskWatch(
      Collection<? extends ChunkReplica> disks, Duration limit, LongSupplier nanoTime) {
    this.disks = List.copyOf(disks);
    this.limitNanos = limit.toNanos();
    this.nanoTime = nanoTime;
  }

  /**
   * Looks at all of them.
   *
   * @param out ids of those that are to be out so far
   * @return ids of those that are to be out from now on
   */
  public Set<String> look(Set<String> out) {
    Set<String> next = new HashSet<>();
    long now = nanoTime.getAsLong();
    for (ChunkReplica disk : disks) {
      String id = disk.id();
      if (disk.state() == State.WRITABLE) {
        illSince.remove(id);
        long since = wellSince.computeIfAbsent(id, unused -> now);
        if (out.contains(id) && !isBack(disk, now - since)) {
          next.add(id);
        }
      } else {
        wellSince.remove(id);
        long since = illSince.computeIfAbsent(id, unused -> now);
        if (out.contains(id) || now - since >= limitNanos) {
          next.add(id);
        }
      }
    }
    return next;
  }

  private boolean isBack(ChunkReplica disk, long wellNanos) {
    ChunkReplica.Load load = disk.load();
    return wellNanos >= Math.min(limitNanos, WELL_MAX.toNanos())
        && load.freeBytes() >= SHARE_FREE * load.capacityBytes();
  }
}

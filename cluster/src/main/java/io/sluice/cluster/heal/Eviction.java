package io.sluice.cluster.heal;

import io.sluice.cluster.heal.Healer.Held;
import io.sluice.storage.Layout;
import io.sluice.storage.Pace;
import io.sluice.storage.VertxUni;
import io.sluice.storage.chunk.ChunkReplica;
import io.sluice.storage.chunk.LocalReplica;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * Gives up chunks of partitions that are not kept on a disk any more, once they were gone from it
 * for long enough: a reader that knew only the old layout may still have asked for them.
 *
 * <p>One run at a time.
 */
final class Eviction {
  private final Map<String, LocalReplica> disks;
  private final Pace listing;
  private final HealOptions options;
  private final LongSupplier nanoTime;
  private final HealMeters meters;
  private final Map<Held, Long> notHeldSinceNanos = new HashMap<>();

  Eviction(
      Map<String, LocalReplica> disks,
      Pace listing,
      HealOptions options,
      LongSupplier nanoTime,
      HealMeters meters) {
    this.disks = disks;
    this.listing = listing;
    this.options = options;
    this.nanoTime = nanoTime;
    this.meters = meters;
  }

  /** Looks at all partitions once. */
  Uni<Void> run(Layout layout) {
    return Multi.createFrom()
        .iterable(ripe(layout))
        .onItem()
        .transformToUniAndConcatenate(this::empty)
        .onItem()
        .ignoreAsUni();
  }

  private List<Held> ripe(Layout layout) {
    List<Held> ripe = new ArrayList<>();
    long now = nanoTime.getAsLong();
    for (int partition = 0; partition < layout.partitions().size(); partition++) {
      List<String> holders = layout.holdersOf(partition);
      for (Map.Entry<String, LocalReplica> entry : disks.entrySet()) {
        String disk = entry.getKey();
        Held held = new Held(disk, partition);
        // A disk that failed can give nothing up, and is not to keep the others from it.
        if (holders.contains(disk) || entry.getValue().state() == ChunkReplica.State.FAILED) {
          notHeldSinceNanos.remove(held);
        } else {
          long since = notHeldSinceNanos.computeIfAbsent(held, unused -> now);
          if (now - since >= options.evictionGrace().toNanos()) {
            ripe.add(held);
          }
        }
      }
    }
    return ripe;
  }

  private Uni<Void> empty(Held held) {
    LocalReplica disk = disks.get(held.disk());
    if (disk == null) {
      return Uni.createFrom().voidItem();
    }
    return Multi.createBy()
        .repeating()
        .uni(() -> page(disk, held.partition()))
        .whilst(more -> more)
        .onItem()
        .ignoreAsUni();
  }

  /** Whether there is more. */
  private Uni<Boolean> page(LocalReplica disk, int partition) {
    return VertxUni.of(() -> disk.list(partition, null, options.pageChunks()))
        .flatMap(
            ids ->
                listing
                    .take(1 + ids.size())
                    .chain(() -> VertxUni.of(() -> disk.evict(ids)))
                    .invoke(() -> meters.evicted.addAndGet(ids.size()))
                    .replaceWith(ids.size() == options.pageChunks()));
  }
}

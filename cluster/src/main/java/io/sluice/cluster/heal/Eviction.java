package io.sluice.cluster.heal;

import io.sluice.storage.Layout;
import io.sluice.storage.Pace;
import io.sluice.storage.StorageFailure;
import io.sluice.storage.VertxUni;
import io.sluice.storage.chunk.ChunkId;
import io.sluice.storage.chunk.ChunkReplica;
import io.sluice.storage.chunk.LocalReplica;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives up chunks of partitions that are not kept on a disk any more, once they were gone from it
 * for long enough: a reader that knew only the old layout may still have asked for them.
 *
 * <p>A copy goes only when a majority of those who keep the partition now has the chunk, or one of
 * them says that it was deleted. What they lack, because something went wrong before, is given to
 * them first: it may be the last copy.
 *
 * <p>One run at a time; the other methods may be called on any thread.
 */
final class Eviction {
  private static final Logger LOG = LoggerFactory.getLogger(Eviction.class);
  private static final Duration RETRY_AFTER = Duration.ofSeconds(5);

  private final Supplier<Layout> layout;
  private final Map<String, LocalReplica> disks;
  private final OtherHolders otherHolders;
  private final Pace listing;
  private final ChunkCopy copy;
  private final HealOptions options;
  private final LongSupplier nanoTime;
  private final HealMeters meters;
  private final Map<Held, Long> notHeldSinceNanos = new ConcurrentHashMap<>();
  private volatile @Nullable Held underWay;

  /**
   * @param layout the newest that is known
   * @param disks of this node
   */
  Eviction(
      Supplier<Layout> layout,
      Map<String, LocalReplica> disks,
      OtherHolders otherHolders,
      Pace listing,
      ChunkCopy copy,
      HealOptions options,
      LongSupplier nanoTime,
      HealMeters meters) {
    this.layout = layout;
    this.disks = disks;
    this.otherHolders = otherHolders;
    this.listing = listing;
    this.copy = copy;
    this.options = options;
    this.nanoTime = nanoTime;
    this.meters = meters;
  }

  /**
   * Looks at all partitions once. What can't be given up now is looked at again in the next run.
   */
  Uni<Void> run() {
    List<String> failures = new ArrayList<>();
    return Multi.createFrom()
        .iterable(ripe(layout.get()))
        .onItem()
        .transformToUniAndConcatenate(
            held ->
                empty(held)
                    .onFailure()
                    .invoke(failure -> failures.add(held + ": " + failure))
                    .onFailure()
                    .recoverWithNull())
        .onItem()
        .ignoreAsUni()
        .invoke(() -> tell(failures));
  }

  private void tell(List<String> failures) {
    if (!failures.isEmpty()) {
      meters.failures.addAndGet(failures.size());
      LOG.warn(
          "Chunks of {} partitions that left could not be given up yet; the first: {}",
          failures.size(),
          failures.get(0));
    }
  }

  /** The disk keeps the partition, as far as the caller knows: its grace begins anew after that. */
  void isHeld(Held held) {
    notHeldSinceNanos.remove(held);
  }

  /** Whether chunks are being given up there at this moment. */
  boolean isAt(Held held) {
    return held.equals(underWay);
  }

  private List<Held> ripe(Layout now) {
    List<Held> ripe = new ArrayList<>();
    long nanos = nanoTime.getAsLong();
    for (int partition = 0; partition < now.partitions().size(); partition++) {
      List<String> holders = now.holdersOf(partition);
      for (LocalReplica disk : disks.values()) {
        Held held = new Held(disk.id(), partition);
        // A disk that failed can give nothing up, and is not to keep the others from it.
        if (holders.contains(disk.id()) || disk.state() == ChunkReplica.State.FAILED) {
          notHeldSinceNanos.remove(held);
        } else {
          long since = notHeldSinceNanos.computeIfAbsent(held, unused -> nanos);
          if (nanos - since >= options.evictionGrace().toNanos()) {
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
    Pages pages = new Pages(disk, held);
    return Multi.createBy()
        .repeating()
        .uni(pages::next)
        .whilst(more -> more)
        .onItem()
        .ignoreAsUni()
        .onTermination()
        .invoke(() -> underWay = null);
  }

  /** A page of a replica's list. */
  private record Listed(ChunkReplica replica, List<ChunkId> ids) {}

  /** One disk and partition, page by page. */
  private final class Pages {
    private final LocalReplica disk;
    private final Held held;
    private @Nullable ChunkId after;

    Pages(LocalReplica disk, Held held) {
      this.disk = disk;
      this.held = held;
    }

    /** Whether there is more. */
    Uni<Boolean> next() {
      // In this order: a comparison looks at the layout first, and then whether we are here. So
      // either it sees us, or we see that the partition is back (INVARIANTS 4).
      underWay = held;
      Layout now = layout.get();
      if (now.holdersOf(held.partition()).contains(held.disk()) || now.isMoving(held.partition())) {
        return Uni.createFrom().item(false);
      }
      return list(disk)
          .flatMap(
              own ->
                  own.ids.isEmpty()
                      ? Uni.createFrom().item(false)
                      : others(now).flatMap(others -> giveUp(now, own, others)));
    }

    private Uni<Listed> list(ChunkReplica replica) {
      ChunkId from = after;
      return VertxUni.of(() -> replica.list(held.partition(), from, options.pageChunks()))
          .ifNoItem()
          .after(options.callLimit())
          .fail()
          .flatMap(ids -> listing.take(1 + ids.size()).replaceWith(new Listed(replica, ids)));
    }

    private Uni<List<Listed>> others(Layout now) {
      List<String> keepers = now.replicasOf(held.partition());
      List<Uni<Listed>> lists =
          otherHolders.of(held.disk(), keepers).stream().map(this::list).toList();
      return lists.size() < Layout.quorumOf(keepers.size())
          ? Uni.createFrom()
              .failure(
                  new StorageFailure.Unavailable(
                      "too few of those who keep it can be asked", RETRY_AFTER, null))
          : Uni.join().all(lists).andFailFast();
    }

    private Uni<Boolean> giveUp(Layout now, Listed own, List<Listed> others) {
      ChunkId horizon = own.ids.get(own.ids.size() - 1);
      boolean more = own.ids.size() == options.pageChunks();
      for (Listed other : others) {
        ChunkId last = other.ids.isEmpty() ? horizon : other.ids.get(other.ids.size() - 1);
        if (other.ids.size() == options.pageChunks() && last.compareTo(horizon) < 0) {
          // Behind the end of a full page nothing is known of this replica yet.
          horizon = last;
          more = true;
        }
      }
      ChunkId end = horizon;
      boolean goesOn = more;
      int needed = Layout.quorumOf(now.replicasOf(held.partition()).size());
      List<Set<ChunkId>> kept = others.stream().map(o -> Set.copyOf(o.ids)).toList();
      List<ChunkId> safe = new ArrayList<>();
      List<ChunkId> lacking = new ArrayList<>();
      for (ChunkId id : own.ids) {
        if (id.compareTo(end) <= 0) {
          long copies = kept.stream().filter(ids -> ids.contains(id)).count();
          (copies >= needed ? safe : lacking).add(id);
        }
      }
      return Multi.createFrom()
          .iterable(lacking)
          .onItem()
          .transformToUniAndConcatenate(id -> handOver(now, id, others, kept, needed))
          .filter(Handed::safe)
          .map(Handed::id)
          .collect()
          .in(() -> new HashSet<>(safe), Set::add)
          .flatMap(this::evict)
          .invoke(() -> after = end)
          .replaceWith(goesOn);
    }

    private enum Copied {
      STORED,
      DELETED,
      FAILED
    }

    /** A chunk, and whether it may go here now. */
    private record Handed(ChunkId id, boolean safe) {}

    private Uni<Handed> handOver(
        Layout now, ChunkId id, List<Listed> others, List<Set<ChunkId>> kept, int needed) {
      List<Uni<Copied>> copies = new ArrayList<>();
      int there = 0;
      for (int i = 0; i < others.size(); i++) {
        if (kept.get(i).contains(id)) {
          there++;
        } else {
          copies.add(copyTo(others.get(i).replica, id, now.version()));
        }
      }
      int before = there;
      return Uni.join()
          .all(copies)
          .andFailFast()
          .map(
              ended ->
                  ended.contains(Copied.DELETED)
                      || before + Collections.frequency(ended, Copied.STORED) >= needed)
          .map(isSafe -> new Handed(id, isSafe));
    }

    /** Never fails: the others would be cancelled, and what they have read released by nobody. */
    private Uni<Copied> copyTo(ChunkReplica replica, ChunkId id, long version) {
      return copy.copy(id, List.of(disk), replica, version)
          // Who refuses it knows that it was deleted.
          .map(stored -> stored ? Copied.STORED : Copied.DELETED)
          .onFailure()
          .recoverWithItem(Copied.FAILED);
    }

    private Uni<Void> evict(Set<ChunkId> ids) {
      return ids.isEmpty()
          ? Uni.createFrom().voidItem()
          : VertxUni.of(() -> disk.evict(List.copyOf(ids)))
              .invoke(() -> meters.evicted.addAndGet(ids.size()));
    }
  }
}

package io.sluice.cluster.heal;

import io.sluice.storage.Pace;
import io.sluice.storage.StorageFailure;
import io.sluice.storage.VertxUni;
import io.sluice.storage.chunk.ChunkId;
import io.sluice.storage.chunk.ChunkReplica;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Compares a disk with the other holders of a partition, and copies to it what they have and it
 * lacks. Lists are gone through page by page, all in step, so that a partition of any size takes
 * little memory.
 *
 * <p>What was deleted does not come back: the disk's own tombstones refuse it.
 */
final class PartitionSync {
  /** Whoever can't copy so many chunks of a partition has more wrong with it than a chunk. */
  private static final int FAILURES_MAX = 16;

  private final ChunkReplica target;
  private final int partition;
  private final long layoutVersion;
  private final ChunkCopy copy;
  private final Pace listing;
  private final HealOptions options;
  private final List<ChunkReplica> sources;
  private final Set<String> witnesses;
  private final int witnessesNeeded;
  private final AtomicInteger failures = new AtomicInteger();
  private volatile @Nullable Throwable failure;
  private @Nullable ChunkId after;
  private boolean complete;

  /**
   * @param sources the other holders that can be reached
   * @param witnesses ids of the replicas that acknowledged writes so far
   * @param witnessesNeeded how many of them must be listed to the end beside the target, so that
   *     nothing acknowledged is missed
   */
  PartitionSync(
      ChunkReplica target,
      int partition,
      long layoutVersion,
      List<ChunkReplica> sources,
      Set<String> witnesses,
      int witnessesNeeded,
      ChunkCopy copy,
      Pace listing,
      HealOptions options) {
    this.target = target;
    this.partition = partition;
    this.layoutVersion = layoutVersion;
    this.sources = new ArrayList<>(sources);
    this.witnesses = Set.copyOf(witnesses);
    this.witnessesNeeded = witnessesNeeded;
    this.copy = copy;
    this.listing = listing;
    this.options = options;
  }

  /**
   * Does it all.
   *
   * @return completes when the disk has everything; fails when too few sources could be listed, or
   *     a chunk could not be copied
   */
  Uni<Void> run() {
    return Multi.createBy().repeating().uni(this::page).whilst(more -> more).onItem().ignoreAsUni();
  }

  /** Whether there is more. */
  private Uni<Boolean> page() {
    if (lacksWitnesses()) {
      return Uni.createFrom()
          .failure(
              new StorageFailure.Unavailable(
                  "of partition " + partition + " too few replicas can be listed",
                  Duration.ofSeconds(5),
                  null));
    }
    List<Uni<Listed>> lists = new ArrayList<>();
    lists.add(list(target));
    sources.forEach(source -> lists.add(list(source)));
    return Uni.join()
        .all(lists)
        .andFailFast()
        .flatMap(
            pages -> {
              Listed own = pages.get(0);
              if (own.ids == null) {
                return Uni.createFrom().failure(own.failed());
              }
              return compare(own, pages.subList(1, pages.size()));
            });
  }

  private boolean lacksWitnesses() {
    return sources.stream().filter(source -> witnesses.contains(source.id())).count()
        < witnessesNeeded;
  }

  /** A page of a replica's list, or why there is none. */
  private record Listed(
      ChunkReplica replica, @Nullable List<ChunkId> ids, @Nullable Throwable failure) {
    Throwable failed() {
      return failure == null ? new IllegalStateException("no list") : failure;
    }
  }

  private Uni<Listed> list(ChunkReplica replica) {
    ChunkId from = after;
    return VertxUni.of(() -> replica.list(partition, from, options.pageChunks()))
        .ifNoItem()
        .after(options.callLimit())
        .fail()
        .flatMap(ids -> listing.take(1 + ids.size()).replaceWith(ids))
        .map(ids -> new Listed(replica, ids, null))
        .onFailure()
        .recoverWithItem(failure -> new Listed(replica, null, failure));
  }

  private Uni<Boolean> compare(Listed own, List<Listed> others) {
    ChunkId horizon = null;
    boolean more = false;
    List<Listed> whole = new ArrayList<>(others);
    whole.add(own);
    for (Listed listed : whole) {
      List<ChunkId> ids = listed.ids;
      if (ids == null) {
        sources.remove(listed.replica);
      } else if (ids.size() == options.pageChunks()) {
        // Behind the end of a full page nothing is known of this replica yet.
        more = true;
        ChunkId last = ids.get(ids.size() - 1);
        horizon = horizon == null || last.compareTo(horizon) < 0 ? last : horizon;
      }
    }
    Map<ChunkId, List<ChunkReplica>> missing = missing(own, others, horizon);
    after = horizon;
    complete = !more;
    return copyAll(missing).chain(this::goesOn);
  }

  /** What could not be copied keeps nothing else from being copied, but this from being done. */
  private Uni<Boolean> goesOn() {
    Throwable failed = failure;
    boolean ends = complete && !lacksWitnesses();
    return failed != null && (ends || failures.get() >= FAILURES_MAX)
        ? Uni.createFrom().failure(failed)
        : Uni.createFrom().item(!ends);
  }

  private static Map<ChunkId, List<ChunkReplica>> missing(
      Listed own, List<Listed> others, @Nullable ChunkId horizon) {
    Set<ChunkId> there = new HashSet<>(own.ids == null ? List.of() : own.ids);
    Map<ChunkId, List<ChunkReplica>> missing = new TreeMap<>();
    for (Listed other : others) {
      for (ChunkId id : other.ids == null ? List.<ChunkId>of() : other.ids) {
        boolean known = horizon == null || id.compareTo(horizon) <= 0;
        if (known && !there.contains(id)) {
          missing.computeIfAbsent(id, unused -> new ArrayList<>()).add(other.replica);
        }
      }
    }
    return missing;
  }

  private Uni<Void> copyAll(Map<ChunkId, List<ChunkReplica>> missing) {
    return Multi.createFrom()
        .iterable(missing.entrySet())
        .onItem()
        .transformToUni(entry -> copyOne(entry.getKey(), entry.getValue()))
        .merge(options.copies())
        .onItem()
        .ignoreAsUni();
  }

  /**
   * Never fails: the others under way would be cancelled with it, and what they have read by then
   * would be released by nobody.
   */
  private Uni<Boolean> copyOne(ChunkId id, List<ChunkReplica> from) {
    if (failures.get() >= FAILURES_MAX) {
      return Uni.createFrom().item(false);
    }
    return copy.copy(id, from, target, layoutVersion)
        .onFailure()
        .recoverWithItem(
            failed -> {
              failures.incrementAndGet();
              failure = failed;
              return false;
            });
  }
}

package io.sluice.metadata.gc;

import io.sluice.storage.MetadataStore;
import io.sluice.storage.Positions;
import io.sluice.storage.chunk.ChunkId;
import io.sluice.storage.proto.Command;
import io.sluice.storage.proto.ForgetGarbage;
import io.sluice.storage.proto.Garbage;
import io.sluice.storage.proto.GarbageId;
import io.sluice.storage.proto.GarbagePage;
import io.sluice.storage.proto.ListGarbage;
import io.sluice.storage.proto.Query;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Deletes the chunks of what was replaced or deleted long enough ago, and then forgets it. A chunk
 * whose replicas have not all confirmed stays listed and is tried again in the next run.
 *
 * <p>What stays holds up nothing behind it, however much it is: a run goes past it, from the oldest
 * to the youngest, one page in memory at a time.
 *
 * <p>Nor is it tried again in each run. While a node is away of which no other can take the place,
 * all that is deleted piles up: at 100 chunks in a second 540,000 in 90 minutes, and a run each
 * five minutes that went through all of it would list them, and have the others delete them, at
 * 1,800 in a second for nothing, more with each hour. As garbage is listed by its age, a run begins
 * behind what an earlier one could not be rid of, and only one in a while goes through all: after
 * ten minutes, then after twice as long each time, an hour at most, which is every twelfth. That is
 * kept in memory: whoever leads next begins at the oldest. What is skipped stays listed, and only
 * stays longer.
 */
final class GarbageSweep {
  private static final Logger log = LoggerFactory.getLogger(GarbageSweep.class);
  private static final Duration LIMIT = Duration.ofSeconds(30);
  private static final Duration PAUSE_FIRST = Duration.ofMinutes(10);
  private static final Duration PAUSE_MAX = Duration.ofHours(1);

  /** As garbage is listed: oldest first. */
  private static final Comparator<GarbageId> ORDER =
      Comparator.comparingLong(GarbageId::getDereferencedMs)
          .thenComparing(GarbageId::getId, Positions.ORDER);

  private final MetadataStore metadata;
  private final Replicas replicas;
  private final GcProgress progress;
  private final int pageChunks;
  private final LongSupplier nanoTime;
  private final Map<Integer, Stuck> stuck = new ConcurrentHashMap<>();

  /**
   * What could not be deleted when a shard was last swept from its oldest garbage on.
   *
   * @param upTo everything up to it was tried
   * @param triedNanos when all of it was, on the monotonic clock
   * @param pause until all of it is tried again
   */
  private record Stuck(GarbageId upTo, long triedNanos, Duration pause) {}

  GarbageSweep(
      MetadataStore metadata,
      Replicas replicas,
      GcProgress progress,
      int pageChunks,
      LongSupplier nanoTime) {
    this.metadata = metadata;
    this.replicas = replicas;
    this.progress = progress;
    this.pageChunks = pageChunks;
    this.nanoTime = nanoTime;
  }

  /**
   * Sweeps one shard.
   *
   * @param beforeMs shard time; what lost its last reference later stays
   * @param whole also what was tried in vain a short while ago
   */
  Uni<Void> run(int shard, long beforeMs, boolean whole) {
    return Uni.createFrom()
        .deferred(() -> new Run(shard, beforeMs, whole ? null : toSkip(shard)).all());
  }

  private @Nullable Stuck toSkip(int shard) {
    Stuck left = stuck.get(shard);
    return left != null && nanoTime.getAsLong() - left.triedNanos < left.pause.toNanos()
        ? left
        : null;
  }

  private static Duration longer(@Nullable Stuck before) {
    if (before == null) {
      return PAUSE_FIRST;
    }
    Duration twice = before.pause.multipliedBy(2);
    return twice.compareTo(PAUSE_MAX) < 0 ? twice : PAUSE_MAX;
  }

  /** One way through a shard's garbage; page by page. */
  private final class Run {
    private final int shard;
    private final long beforeMs;
    private final @Nullable Stuck skipped;
    private @Nullable GarbageId after;
    private long chunksLeft;

    Run(int shard, long beforeMs, @Nullable Stuck skipped) {
      this.shard = shard;
      this.beforeMs = beforeMs;
      this.skipped = skipped;
      this.after = skipped == null ? null : skipped.upTo;
    }

    Uni<Void> all() {
      return Multi.createBy()
          .repeating()
          .uni(this::page)
          .whilst(more -> more)
          .onItem()
          .ignoreAsUni()
          .invoke(this::remember)
          .onTermination()
          .invoke(this::tell);
    }

    /** Not of a run that failed: it may not have come to everything. */
    private void remember() {
      GarbageId last = after;
      if (skipped != null && last != null) {
        stuck.put(shard, new Stuck(last, skipped.triedNanos, skipped.pause));
      } else if (chunksLeft == 0 || last == null) {
        stuck.remove(shard);
      } else {
        stuck.put(shard, new Stuck(last, nanoTime.getAsLong(), longer(stuck.get(shard))));
      }
    }

    private void tell() {
      if (chunksLeft > 0) {
        log.warn(
            "{} chunks of garbage of shard {} wait: not all who keep them confirmed their deletion",
            chunksLeft,
            shard);
      }
    }

    /** Whether there is another page worth asking for. */
    private Uni<Boolean> page() {
      ListGarbage.Builder list =
          ListGarbage.newBuilder().setDereferencedBeforeMs(beforeMs).setMax(pageChunks);
      if (after != null) {
        list.setAfter(after);
      }
      return metadata
          .query(shard, Query.newBuilder().setListGarbage(list).build(), LIMIT)
          .flatMap(answer -> collect(answer.getGarbage()));
    }

    private Uni<Boolean> collect(GarbagePage page) {
      List<ChunkId> chunks =
          page.getItemsList().stream()
              .flatMap(item -> item.getChunkIdsList().stream())
              .map(ChunkId::from)
              .toList();
      return replicas
          .delete(chunks)
          .flatMap(
              left -> {
                progress.garbageChunks.addAndGet(chunks.size() - left.size());
                chunksLeft += left.size();
                ForgetGarbage done = doneWith(page, left);
                boolean moved = goPast(page, left);
                // A page of which nothing was forgotten or gone past would only come again.
                boolean more = hasMore(page) && (moved || done.getIdsCount() > 0);
                return forget(done).replaceWith(more);
              });
    }

    /** Behind it, or of its last item. */
    private static boolean hasMore(GarbagePage page) {
      int items = page.getItemsCount();
      return page.getTruncated() || (items > 0 && !page.getItems(items - 1).getComplete());
    }

    /**
     * Goes on behind what this page has all of, or could not be rid of. What was forgotten in part
     * is looked at again for the rest.
     */
    private boolean goPast(GarbagePage page, Set<ChunkId> left) {
      GarbageId last = null;
      for (Garbage item : page.getItemsList()) {
        if (item.getComplete() || stays(item, left)) {
          last = item.getId();
        }
      }
      // An older peer that leads meanwhile lists from the oldest on, whatever it is asked.
      boolean moves = last != null && (after == null || ORDER.compare(last, after) > 0);
      if (moves) {
        after = last;
      }
      return moves;
    }

    private Uni<Void> forget(ForgetGarbage ids) {
      if (ids.getIdsCount() == 0) {
        return Uni.createFrom().voidItem();
      }
      return metadata
          .submit(shard, Command.newBuilder().setForgetGarbage(ids).build(), LIMIT)
          .invoke(() -> progress.itemsForgotten.addAndGet(ids.getIdsCount()))
          .replaceWithVoid();
    }
  }

  private static boolean stays(Garbage item, Set<ChunkId> left) {
    return item.getChunkIdsList().stream().map(ChunkId::from).anyMatch(left::contains);
  }

  /** An item that the page holds only a part of has in its id how far that part went. */
  private static ForgetGarbage doneWith(GarbagePage page, Set<ChunkId> left) {
    ForgetGarbage.Builder done = ForgetGarbage.newBuilder();
    page.getItemsList().stream()
        .filter(item -> !stays(item, left))
        .forEach(item -> done.addIds(item.getId()));
    return done.build();
  }
}

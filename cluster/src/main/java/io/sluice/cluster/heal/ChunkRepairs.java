package io.sluice.cluster.heal;

import io.sluice.cluster.view.ClusterView;
import io.sluice.storage.Layout;
import io.sluice.storage.VertxUni;
import io.sluice.storage.chunk.ChunkId;
import io.sluice.storage.chunk.ChunkReplica;
import io.smallrye.mutiny.Uni;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Fetches single chunks that disks of this node are known to lack, a few at a time, so that one
 * missed copy does not cost the comparison of its partition. The lists are bounded; what does not
 * fit, or can't be fetched at the first go, is left to that comparison. Any thread.
 */
final class ChunkRepairs {
  /** For one disk. So many chunks cost about what a comparison does. */
  static final int WAITING_MAX = 1_000;

  private static final Logger LOG = LoggerFactory.getLogger(ChunkRepairs.class);

  private record Missing(Held held, ChunkId chunk) {}

  private final Supplier<ClusterView> view;
  private final Map<String, ? extends ChunkReplica> disks;
  private final OtherHolders otherHolders;
  private final Eviction eviction;
  private final ChunkCopy copy;
  private final HealOptions options;
  private final HealMeters meters;
  private final Consumer<Held> compare;
  private final Executor executor;
  private final ReentrantLock lock = new ReentrantLock();

  // All below belongs to the lock.
  private final Set<Missing> waiting = new LinkedHashSet<>();
  private final Set<Missing> running = new HashSet<>();
  private final Map<String, Integer> waitingByDisk = new HashMap<>();
  private final Map<Held, Integer> pending = new HashMap<>();

  /**
   * @param disks of this node, by id
   * @param compare has a partition of a disk compared: not all that it lacks could be fetched here
   */
  ChunkRepairs(
      Supplier<ClusterView> view,
      Map<String, ? extends ChunkReplica> disks,
      OtherHolders otherHolders,
      Eviction eviction,
      ChunkCopy copy,
      HealOptions options,
      HealMeters meters,
      Consumer<Held> compare,
      Executor executor) {
    this.view = view;
    this.disks = disks;
    this.otherHolders = otherHolders;
    this.eviction = eviction;
    this.copy = copy;
    this.options = options;
    this.meters = meters;
    this.compare = compare;
    this.executor = executor;
  }

  /** Takes a chunk on, or has its partition compared if there are too many. */
  void add(Held held, ChunkId chunk) {
    Missing missing = new Missing(held, chunk);
    boolean fits;
    lock.lock();
    try {
      fits = waitingByDisk.getOrDefault(held.disk(), 0) < WAITING_MAX;
      // One that is being fetched is fetched again: it may have been lost since.
      if (fits && waiting.add(missing)) {
        waitingByDisk.merge(held.disk(), 1, Integer::sum);
        pending.merge(held, 1, Integer::sum);
        meters.chunksWaiting.set(waiting.size());
      }
    } finally {
      lock.unlock();
    }
    if (fits) {
      executor.execute(this::next);
    } else {
      compare.accept(held);
    }
  }

  /** Whether the disk is known to lack something of the partition that is to be fetched here. */
  boolean isPending(Held held) {
    lock.lock();
    try {
      return pending.containsKey(held);
    } finally {
      lock.unlock();
    }
  }

  private void next() {
    for (Missing missing = take(); missing != null; missing = take()) {
      Missing one = missing;
      Uni.createFrom()
          .deferred(() -> fetch(one))
          .subscribe()
          .with(whole -> ended(one, whole, null), failure -> ended(one, false, failure));
    }
  }

  private @Nullable Missing take() {
    lock.lock();
    try {
      for (Missing missing : waiting) {
        if (running.size() == options.copies()) {
          return null;
        }
        if (running.add(missing)) {
          waiting.remove(missing);
          waitingByDisk.merge(missing.held.disk(), -1, Integer::sum);
          meters.chunksWaiting.set(waiting.size());
          return missing;
        }
      }
      return null;
    } finally {
      lock.unlock();
    }
  }

  private void ended(Missing missing, boolean whole, @Nullable Throwable failure) {
    if (!whole) {
      LOG.debug(
          "chunk {} was not fetched to disk {}: its partition is compared",
          missing.chunk,
          missing.held.disk(),
          failure);
      // Before it is forgotten here, so that it counts as missing all the time.
      compare.accept(missing.held);
    }
    lock.lock();
    try {
      running.remove(missing);
      pending.computeIfPresent(missing.held, (held, count) -> count == 1 ? null : count - 1);
    } finally {
      lock.unlock();
    }
    executor.execute(this::next);
  }

  /** Whether nothing is missing now; else the partition is to be compared. */
  private Uni<Boolean> fetch(Missing missing) {
    Held held = missing.held;
    Layout layout = view.get().layout();
    ChunkReplica target = disks.get(held.disk());
    List<String> holders = layout.holdersOf(held.partition());
    if (target == null || !holders.contains(held.disk())) {
      return Uni.createFrom().item(true);
    }
    eviction.isHeld(held);
    List<ChunkReplica> others = otherHolders.of(held.disk(), holders);
    if (others.isEmpty() || eviction.isAt(held)) {
      return Uni.createFrom().item(false);
    }
    // That nobody has it shows that it was deleted only if everybody was asked.
    boolean allAsked = others.size() == holders.size() - 1;
    return isThere(target, missing)
        .flatMap(
            there ->
                there
                    ? Uni.createFrom().item(true)
                    : copy.copy(missing.chunk, others, target, layout.version())
                        .map(stored -> stored || allAsked));
  }

  /** It may have arrived after all: that costs a look, not a copy. */
  private Uni<Boolean> isThere(ChunkReplica target, Missing missing) {
    ChunkId chunk = missing.chunk;
    return VertxUni.of(() -> target.list(missing.held.partition(), chunk.before(), 1))
        .ifNoItem()
        .after(options.callLimit())
        .fail()
        .map(first -> first.contains(chunk));
  }
}

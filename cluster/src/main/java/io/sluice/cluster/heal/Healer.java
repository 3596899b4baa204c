package io.sluice.cluster.heal;

import io.micrometer.core.instrument.MeterRegistry;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.sluice.cluster.view.ClusterView;
import io.sluice.storage.Layout;
import io.sluice.storage.Pace;
import io.sluice.storage.StorageFailure;
import io.sluice.storage.chunk.ChunkId;
import io.sluice.storage.chunk.ChunkReplica;
import io.sluice.storage.chunk.LocalReplica;
import io.sluice.storage.proto.HealFigures;
import io.sluice.storage.proto.SyncAnswer;
import io.sluice.storage.proto.SyncItem;
import io.sluice.storage.proto.SyncRequest;
import io.smallrye.mutiny.Uni;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * Brings the disks of this node up to what the other holders of their partitions have: when a
 * partition moves here, after an absence, and from time to time in any case.
 *
 * <p>What is due lies in a queue that holds each pair of disk and partition once; a few are
 * compared at the same time, at a bounded rate. A comparison that fails stays due. All methods
 * return at once and may be called on any thread.
 */
public final class Healer implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Healer.class);
  private static final Duration RETRY_AFTER = Duration.ofSeconds(2);
  private static final Duration LAYOUT_LOOK = Duration.ofSeconds(1);

  /** Of a list that is gone through again and again, for a chunk that nobody can give. */
  private static final int RETRIES_SLOWEST = 30;

  private static final int TOLD_AFTER_FAILURES = 10;

  /** A disk of this node, and a partition that it holds or is to hold. */
  record Held(String disk, int partition) {}

  /** The sets between which a comparison was complete. */
  private record Done(List<String> replicas, List<String> target) {}

  /** A move, and the layout that began it: the same sets may come again. */
  private record Asked(Done sets, long since) {
    boolean covers(Done others, long from) {
      return sets.equals(others) && since >= from;
    }
  }

  private final Supplier<ClusterView> view;
  private final Map<String, LocalReplica> disks;
  private final Function<String, @Nullable ChunkReplica> replicas;
  private final HealOptions options;
  private final HealMeters meters;
  private final ScheduledThreadPoolExecutor scheduler;
  private final Pace listing;
  private final ChunkCopy copy;
  private final Eviction eviction;
  private final ChunkRepairs repairs;
  private final ReentrantLock lock = new ReentrantLock();
  private final Set<Held> due = new LinkedHashSet<>();
  private final Map<Held, Done> done = new ConcurrentHashMap<>();
  // For which move the keeper asked for a comparison.
  private final Map<Held, Asked> asked = new ConcurrentHashMap<>();
  // How often a comparison was found not to be enough: one that began before counts for nothing.
  private final Map<Held, Integer> doubts = new ConcurrentHashMap<>();
  private final Map<Held, Integer> failedInARow = new ConcurrentHashMap<>();
  private int running;
  private long layoutSeen;

  /**
   * @param view the newest that is known
   * @param disks of this node, by id
   * @param replicas every disk of the cluster that can be reached now, by id; null for others
   */
  public Healer(
      Supplier<ClusterView> view,
      Map<String, ? extends LocalReplica> disks,
      Function<String, @Nullable ChunkReplica> replicas,
      HealOptions options,
      LongSupplier nanoTime,
      MeterRegistry registry) {
    this.view = view;
    this.disks = Map.copyOf(disks);
    this.replicas = replicas;
    this.options = options;
    this.meters = new HealMeters(options.bytesPerSecond());
    this.scheduler =
        new ScheduledThreadPoolExecutor(1, new DefaultThreadFactory("sluice-heal", true));
    this.scheduler.setRemoveOnCancelPolicy(true);
    this.scheduler.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    this.scheduler.setRejectedExecutionHandler(new ThreadPoolExecutor.DiscardPolicy());
    this.listing = new Pace(options.listedPerSecond(), nanoTime, scheduler);
    Pace bytes = new Pace(options.bytesPerSecond(), nanoTime, scheduler);
    this.copy = new ChunkCopy(bytes, options.callLimit(), meters);
    this.eviction =
        new Eviction(
            () -> view.get().layout(),
            this.disks,
            replicas,
            listing,
            copy,
            options,
            nanoTime,
            meters);
    this.repairs =
        new ChunkRepairs(
            view,
            this.disks,
            replicas,
            eviction,
            copy,
            options,
            meters,
            this::compareAgain,
            task -> later(task, Duration.ZERO));
    meters.register(registry);
  }

  /** Compares everything now, and again every interval; and what a new layout brings, at once. */
  public void start() {
    round();
    followLayout();
    later(this::evict, options.evictionGrace());
  }

  /**
   * A layout that is newer than the last round may name disks of this node that nobody asked to
   * compare: the first layout of a cluster does. Runs on the scheduler's thread, after the start.
   */
  private void followLayout() {
    Layout layout = view.get().layout();
    if (layout.version() != layoutSeen) {
      layoutSeen = layout.version();
      List<Held> unproven = heldUnproven(layout);
      if (!unproven.isEmpty()) {
        add(unproven);
      }
    }
    later(this::followLayout, LAYOUT_LOOK);
  }

  private void round() {
    add(held(view.get().layout()));
    long wait = options.interval().toMillis();
    long jittered = wait - ThreadLocalRandom.current().nextLong(wait / 10 + 1);
    later(this::round, Duration.ofMillis(jittered));
  }

  private void evict() {
    eviction
        .run()
        .subscribe()
        .with(
            unused -> later(this::evict, options.evictionGrace()),
            failure -> {
              meters.failures.incrementAndGet();
              LOG.warn("Chunks of partitions that left could not be given up", failure);
              later(this::evict, options.evictionGrace());
            });
  }

  /** Another node came back, or this one did: whatever was missed is fetched. */
  public void compareAll() {
    List<Held> all = held(view.get().layout());
    all.forEach(this::doubt);
    add(all);
  }

  private List<Held> held(Layout layout) {
    List<Held> held = new ArrayList<>();
    for (int partition = 0; partition < layout.partitions().size(); partition++) {
      for (String disk : layout.holdersOf(partition)) {
        if (disks.containsKey(disk)) {
          held.add(new Held(disk, partition));
        }
      }
    }
    return held;
  }

  private void doubt(Held held) {
    // In one with what a comparison does at its end, or its result could outlive the doubt.
    doubts.compute(
        held,
        (same, before) -> {
          done.remove(held);
          return before == null ? 1 : before + 1;
        });
  }

  /**
   * What disks of this node hold and may lack something of, as far as is known: everything after a
   * start, and what was missed since, until it was compared.
   */
  public List<SyncItem> unproven() {
    return heldUnproven(view.get().layout()).stream()
        .map(
            held ->
                SyncItem.newBuilder().setDisk(held.disk()).setPartition(held.partition()).build())
        .toList();
  }

  private List<Held> heldUnproven(Layout layout) {
    List<Held> unproven = new ArrayList<>();
    for (Held held : held(layout)) {
      List<String> replicas = layout.replicasOf(held.partition());
      if (replicas.contains(held.disk()) && !isProven(held, replicas)) {
        unproven.add(held);
      }
    }
    return unproven;
  }

  /**
   * A copy on a disk of this node is damaged or missing: it is fetched soon. Until then, or until
   * its partition was compared instead, the disk counts as one that lacks something.
   */
  public void repair(String disk, ChunkId chunk) {
    if (disks.containsKey(disk)) {
      repairs.add(new Held(disk, chunk.partition()), chunk);
    }
  }

  /** A disk of this node lacks something of a partition: they are compared soon. */
  public void repair(String disk, int partition) {
    if (disks.containsKey(disk)) {
      compareAgain(new Held(disk, partition));
    }
  }

  private void compareAgain(Held held) {
    doubt(held);
    add(List.of(held));
  }

  /**
   * Takes on what the layout's keeper asks for, and says what of it is done. To be asked again
   * until all of it is.
   */
  public SyncAnswer sync(SyncRequest request) {
    SyncAnswer.Builder answer = SyncAnswer.newBuilder();
    Layout layout = view.get().layout();
    List<Held> missing = new ArrayList<>();
    // With an older layout the sources would be the wrong ones: nothing is done then.
    if (layout.version() >= request.getLayoutVersion()) {
      for (SyncItem item : request.getItemsList()) {
        Held held = new Held(item.getDisk(), item.getPartition());
        Done sets = setsOf(layout, held.partition());
        Asked before = asked.get(held);
        if (before == null || !before.covers(sets, item.getSince())) {
          // The keeper asks once the old layout is closed. What was compared before that may have
          // missed a write that was acknowledged under it (INVARIANTS 4).
          asked.put(held, new Asked(sets, item.getSince()));
          doubt(held);
        }
        boolean compared = sets.equals(done.get(held));
        if (compared && !repairs.isPending(held)) {
          answer.addDone(item);
        } else if (!compared && disks.containsKey(held.disk())) {
          missing.add(held);
        }
      }
      add(missing);
    }
    if (request.getItemsCount() == 0) {
      answer.addAllUnproven(unproven());
    }
    return answer.setFigures(meters.figures()).build();
  }

  /** Since the start. */
  public HealFigures figures() {
    return meters.figures();
  }

  /** It had everything as one of this set, or arrived with the whole of it. */
  private boolean isProven(Held held, List<String> replicas) {
    Done sets = done.get(held);
    return sets != null
        && !repairs.isPending(held)
        && (sets.replicas.equals(replicas) || sets.target.equals(replicas));
  }

  private static Done setsOf(Layout layout, int partition) {
    return new Done(layout.replicasOf(partition), layout.targetOf(partition));
  }

  private void add(List<Held> held) {
    lock.lock();
    try {
      due.addAll(held);
      meters.waiting.set(due.size());
    } finally {
      lock.unlock();
    }
    later(this::next, Duration.ZERO);
  }

  private void next() {
    for (Held held = take(); held != null; held = take()) {
      Held one = held;
      compare(one).subscribe().with(unused -> ended(one, null), failure -> ended(one, failure));
    }
  }

  private @Nullable Held take() {
    lock.lock();
    try {
      if (running == options.comparisons() || due.isEmpty()) {
        return null;
      }
      Held first = due.iterator().next();
      due.remove(first);
      running++;
      meters.running.set(running);
      meters.waiting.set(due.size());
      return first;
    } finally {
      lock.unlock();
    }
  }

  private void ended(Held held, @Nullable Throwable failure) {
    lock.lock();
    try {
      running--;
      meters.running.set(running);
    } finally {
      lock.unlock();
    }
    if (failure == null) {
      failedInARow.remove(held);
    } else {
      meters.failures.incrementAndGet();
      int times = failedInARow.merge(held, 1, Integer::sum);
      LOG.atLevel(times == TOLD_AFTER_FAILURES ? Level.WARN : Level.DEBUG)
          .log(
              "Disk {} could not be compared in partition {}, {} times in a row: {}",
              held.disk,
              held.partition,
              times,
              failure.toString());
      later(() -> add(List.of(held)), RETRY_AFTER.multipliedBy(Math.min(times, RETRIES_SLOWEST)));
    }
    later(this::next, Duration.ZERO);
  }

  private Uni<Void> compare(Held held) {
    Layout layout = view.get().layout();
    ChunkReplica target = disks.get(held.disk());
    if (target == null || !layout.holdersOf(held.partition()).contains(held.disk())) {
      return Uni.createFrom().voidItem();
    }
    eviction.isHeld(held);
    if (eviction.isAt(held)) {
      // What it takes away would be taken for there. Tried again soon.
      return Uni.createFrom()
          .failure(
              new StorageFailure.Unavailable(
                  "the partition's old chunks are being given up", RETRY_AFTER, null));
    }
    Done sets = setsOf(layout, held.partition());
    Integer doubtsBefore = doubts.get(held);
    List<ChunkReplica> sources = new ArrayList<>();
    for (String id : layout.holdersOf(held.partition())) {
      ChunkReplica replica = id.equals(held.disk()) ? null : replicas.apply(id);
      if (replica != null && replica.state() != ChunkReplica.State.FAILED) {
        sources.add(replica);
      }
    }
    PartitionSync sync =
        new PartitionSync(
            target,
            held.partition(),
            layout.version(),
            sources,
            Set.copyOf(sets.replicas()),
            witnessesNeeded(sets.replicas(), held.disk()),
            copy,
            listing,
            options);
    return sync.run()
        .invoke(
            () -> {
              if (sets.equals(setsOf(view.get().layout(), held.partition()))) {
                doubts.compute(
                    held,
                    (same, doubtsNow) -> {
                      if (Objects.equals(doubtsBefore, doubtsNow)) {
                        done.put(held, sets);
                      }
                      return doubtsNow;
                    });
              }
            });
  }

  /**
   * A write counts when a majority of the old set has it. So many others of that set, with the disk
   * itself if it belongs to it, share a member with every majority (INVARIANTS 4).
   */
  static int witnessesNeeded(List<String> replicas, String disk) {
    int needed = replicas.size() - Layout.quorumOf(replicas.size()) + 1;
    return replicas.contains(disk) ? needed - 1 : needed;
  }

  private void later(Runnable task, Duration wait) {
    Runnable reported =
        () -> {
          try {
            task.run();
          } catch (RuntimeException e) {
            LOG.error("Healing", e);
          }
        };
    var unused = scheduler.schedule(reported, wait.toMillis(), TimeUnit.MILLISECONDS);
  }

  /** Nothing new is begun; what is under way ends by itself. */
  @Override
  public void close() {
    scheduler.shutdownNow();
  }
}

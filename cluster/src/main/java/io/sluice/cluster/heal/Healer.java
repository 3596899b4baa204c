package io.sluice.cluster.heal;

import io.micrometer.core.instrument.MeterRegistry;
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
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings the disks of this node up to what the other holders of their partitions have: when a
 * partition moves here, after an absence, and from time to time in any case.
 *
 * <p>This says what is to be compared, and between whom. What is due lies in a {@link
 * ComparisonQueue}, a {@link PartitionSync} compares at a bounded rate, {@link Proofs} keep what
 * came of it, {@link ChunkRepairs} fetch single chunks, and {@link Eviction} gives up what left.
 * All methods return at once and may be called on any thread.
 */
public final class Healer implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Healer.class);
  private static final Duration RETRY_AFTER = Duration.ofSeconds(2);
  private static final Duration LAYOUT_LOOK = Duration.ofSeconds(1);

  private final Supplier<ClusterView> view;
  private final Map<String, LocalReplica> disks;
  private final OtherHolders otherHolders;
  private final HealOptions options;
  private final HealMeters meters;
  private final HealTimer timer = new HealTimer();
  private final Proofs proofs = new Proofs();
  private final ComparisonQueue queue;
  private final Pace listing;
  private final ChunkCopy copy;
  private final Eviction eviction;
  private final ChunkRepairs repairs;
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
    this.otherHolders = new OtherHolders(replicas);
    this.options = options;
    this.meters = new HealMeters(options.bytesPerSecond());
    this.listing = new Pace(options.listedPerSecond(), nanoTime, timer.executor());
    Pace bytes = new Pace(options.bytesPerSecond(), nanoTime, timer.executor());
    this.copy = new ChunkCopy(bytes, options.callLimit(), meters);
    this.eviction =
        new Eviction(
            () -> view.get().layout(),
            this.disks,
            otherHolders,
            listing,
            copy,
            options,
            nanoTime,
            meters);
    this.queue = new ComparisonQueue(options.comparisons(), this::compare, timer, meters);
    this.repairs =
        new ChunkRepairs(
            view,
            this.disks,
            otherHolders,
            eviction,
            copy,
            options,
            meters,
            this::compareAgain,
            task -> timer.later(task, Duration.ZERO));
    meters.register(registry);
  }

  /** Compares everything now, and again every interval; and what a new layout brings, at once. */
  public void start() {
    round();
    followLayout();
    timer.later(this::evict, options.evictionGrace());
  }

  /**
   * A layout that is newer than the last round may name disks of this node that nobody asked to
   * compare: the first layout of a cluster does. Runs on the timer's thread, after the start.
   */
  private void followLayout() {
    Layout layout = view.get().layout();
    if (layout.version() != layoutSeen) {
      layoutSeen = layout.version();
      List<Held> unproven = heldUnproven(layout);
      if (!unproven.isEmpty()) {
        queue.add(unproven);
      }
    }
    timer.later(this::followLayout, LAYOUT_LOOK);
  }

  private void round() {
    queue.add(held(view.get().layout()));
    long wait = options.interval().toMillis();
    long jittered = wait - ThreadLocalRandom.current().nextLong(wait / 10 + 1);
    timer.later(this::round, Duration.ofMillis(jittered));
  }

  private void evict() {
    eviction
        .run()
        .subscribe()
        .with(
            unused -> timer.later(this::evict, options.evictionGrace()),
            failure -> {
              meters.failures.incrementAndGet();
              LOG.warn("Chunks of partitions that left could not be given up", failure);
              timer.later(this::evict, options.evictionGrace());
            });
  }

  /** Another node came back, or this one did: whatever was missed is fetched. */
  public void compareAll() {
    List<Held> all = held(view.get().layout());
    all.forEach(proofs::doubt);
    queue.add(all);
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
      // In this order: a repair that fails casts doubt before it ends.
      boolean whole = !repairs.isPending(held) && proofs.isProven(held, replicas);
      if (replicas.contains(held.disk()) && !whole) {
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
    proofs.doubt(held);
    queue.add(List.of(held));
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
        Proofs.Sets sets = Proofs.Sets.of(layout, held.partition());
        proofs.askedFor(held, sets, item.getSince());
        // In this order: a repair that fails casts doubt before it ends.
        boolean pending = repairs.isPending(held);
        boolean compared = proofs.isCompared(held, sets);
        if (compared && !pending) {
          answer.addDone(item);
        } else if (!compared && disks.containsKey(held.disk())) {
          missing.add(held);
        }
      }
      queue.add(missing);
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

  private Uni<Void> compare(Held held) {
    Layout layout = view.get().layout();
    ChunkReplica target = disks.get(held.disk());
    List<String> holders = layout.holdersOf(held.partition());
    if (target == null || !holders.contains(held.disk())) {
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
    Proofs.Sets sets = Proofs.Sets.of(layout, held.partition());
    Integer doubtsBefore = proofs.doubts(held);
    PartitionSync sync =
        new PartitionSync(
            target,
            held.partition(),
            layout.version(),
            otherHolders.of(held.disk(), holders),
            Set.copyOf(sets.replicas()),
            witnessesNeeded(sets.replicas(), held.disk()),
            copy,
            listing,
            options);
    return sync.run()
        .invoke(
            () -> {
              if (sets.equals(Proofs.Sets.of(view.get().layout(), held.partition()))) {
                proofs.compared(held, sets, doubtsBefore);
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

  /** Nothing new is begun; what is under way ends by itself. */
  @Override
  public void close() {
    timer.close();
  }
}

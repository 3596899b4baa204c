package io.sluice.cluster.layout;

import io.netty.util.concurrent.DefaultThreadFactory;
import io.sluice.cluster.view.ClusterView;
import io.sluice.storage.Layout;
import io.sluice.storage.MetadataStore;
import io.sluice.storage.chunk.ChunkReplica;
import io.sluice.storage.proto.Command;
import io.sluice.storage.proto.PutLayout;
import io.smallrye.mutiny.Uni;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the layout in accord with the cluster, on the node that leads shard 0: makes the first one,
 * moves partitions away from disks that are gone, retired or drained, and carries moves through.
 *
 * <p>It holds no state that matters: every step is a layout committed with the version it follows,
 * so two keepers, or one that was paused, cannot undo each other's work, and the next leader goes
 * on from whatever layout it finds.
 */
public final class LayoutKeeper implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(LayoutKeeper.class);

  private final Supplier<ClusterView> view;
  private final BooleanSupplier leads;
  private final MetadataStore metadata;
  private final EligibleDisks eligible;
  private final KeeperOptions options;
  private final Runnable lookAgain;
  private final Moves moves;
  private final Room room;
  private final ScheduledThreadPoolExecutor scheduler;
  private final AtomicBoolean busy = new AtomicBoolean();
  private volatile @Nullable String obstacle;

  /**
   * @param view the newest that is known
   * @param leads whether this node leads shard 0 and is ready
   * @param replicas every disk that can be reached now, by id; null for others
   * @param lookAgain called after a layout was committed, for the view to catch up soon
   */
  public LayoutKeeper(
      Supplier<ClusterView> view,
      BooleanSupplier leads,
      MetadataStore metadata,
      Liveness liveness,
      Function<String, @Nullable ChunkReplica> replicas,
      SyncChannel channel,
      KeeperOptions options,
      Runnable lookAgain) {
    this.view = view;
    this.leads = leads;
    this.metadata = metadata;
    this.eligible = new EligibleDisks(liveness, options.downOut());
    this.options = options;
    this.lookAgain = lookAgain;
    this.room = new Room(replicas);
    this.moves = new Moves(new Fences(replicas, options.callLimit()), channel, liveness);
    this.scheduler =
        new ScheduledThreadPoolExecutor(1, new DefaultThreadFactory("sluice-layout", true));
    this.scheduler.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
  }

  /** Looks every tick from now on. */
  public void start() {
    var unused =
        scheduler.scheduleWithFixedDelay(
            this::tick, 0, options.tick().toMillis(), TimeUnit.MILLISECONDS);
  }

  /** Why the layout can't be made what it should be, for people; null when it can. */
  public @Nullable String obstacle() {
    return obstacle;
  }

  private void tick() {
    if (!busy.compareAndSet(false, true)) {
      return;
    }
    look()
        .onTermination()
        .invoke(() -> busy.set(false))
        .subscribe()
        .with(unused -> {}, failure -> LOG.warn("The layout: {}", failure.toString()));
  }

  /** One look, and one step if there is something to do. Any thread; one at a time. */
  public Uni<Void> look() {
    return Uni.createFrom()
        .deferred(
            () -> {
              if (!leads.getAsBoolean()) {
                return Uni.createFrom().voidItem();
              }
              ClusterView now = view.get();
              Layout layout = now.layout();
              if (layout.version() == 0) {
                return first(now);
              }
              Layout needed = needed(now);
              if (needed != null) {
                return commit(needed, "partitions leave disks that are gone");
              }
              return moves
                  .step(now)
                  .flatMap(
                      moved ->
                          moved == null
                              ? Uni.createFrom().voidItem()
                              : commit(moved, "partitions have moved"));
            });
  }

  private Uni<Void> first(ClusterView now) {
    List<RendezvousLayout.Disk> disks = eligible.of(now);
    long nodes = disks.stream().map(RendezvousLayout.Disk::node).distinct().count();
    if (nodes < options.firstNodes() || disks.size() < options.replicas()) {
      obstacle =
          "the first layout waits for %d nodes with %d disks; there are %d with %d"
              .formatted(options.firstNodes(), options.replicas(), nodes, disks.size());
      return Uni.createFrom().voidItem();
    }
    obstacle = null;
    return commit(RendezvousLayout.compute(1, options.replicas(), disks), "the first layout");
  }

  /** A layout without the disks that are not to be used any more, if one is needed and possible. */
  private @Nullable Layout needed(ClusterView now) {
    obstacle = null;
    if (!eligible.isNeeded(now)) {
      return null;
    }
    Layout layout = now.layout();
    Set<String> out = EligibleDisks.out(now);
    Layout next = Shedding.of(planned(now, out), out);
    return sameSets(next, layout)
        ? null
        : new Layout(layout.version() + 1, layout.replicas(), next.partitions(), next.targets());
  }

  /** The layout there is if there can be no better one. */
  private Layout planned(ClusterView now, Set<String> out) {
    try {
      Layout planned = plan(now);
      String full = room.lacking(planned, out);
      if (full == null) {
        return planned;
      }
      obstacle =
          "what a full disk holds does not fit on the others (disk "
              + full
              + " has too little space): delete something, or add disks";
    } catch (IllegalArgumentException e) {
      obstacle = e.getMessage();
    }
    return now.layout();
  }

  /** Falls back on disks that hold nothing yet when the others are too few. */
  private Layout plan(ClusterView now) {
    Layout layout = now.layout();
    List<RendezvousLayout.Disk> used = eligible.usedBy(now);
    long domains = used.stream().map(this::domain).distinct().count();
    List<RendezvousLayout.Disk> disks = domains >= layout.replicas() ? used : eligible.of(now);
    Layout planned =
        RendezvousLayout.plan(layout, disks, layout.replicas(), options.spread()).layout();
    return Moves.limited(layout, planned, options.movesMax());
  }

  private String domain(RendezvousLayout.Disk disk) {
    return options.spread() == RendezvousLayout.Spread.DISKS ? disk.id() : disk.node();
  }

  /**
   * Spreads partitions over all disks there are, with another number of copies if that is wanted.
   *
   * @param replicas 0 for as many as now
   * @return the version of the layout that begins it; that of the present one if nothing is to be
   *     done. Fails with {@link IllegalArgumentException} and a line for the operator
   */
  public Uni<Long> rebalance(int replicas) {
    return Uni.createFrom()
        .deferred(
            () -> {
              ClusterView now = view.get();
              Layout layout = now.layout();
              int wanted = replicas == 0 ? layout.replicas() : replicas;
              Layout next =
                  RendezvousLayout.plan(layout, eligible.of(now), wanted, options.spread())
                      .layout();
              return next.version() == layout.version()
                  ? Uni.createFrom().item(layout.version())
                  : commit(next, "rebalance").replaceWith(next.version());
            });
  }

  private static boolean sameSets(Layout one, Layout other) {
    return one.replicas() == other.replicas()
        && one.partitions().equals(other.partitions())
        && one.targets().equals(other.targets());
  }

  private Uni<Void> commit(Layout layout, String why) {
    Command command =
        Command.newBuilder()
            .setPutLayout(PutLayout.newBuilder().setLayout(layout.toRecord()))
            .build();
    return metadata
        .submit(MetadataStore.ROOT_SHARD, command, options.callLimit())
        .invoke(
            () -> {
              LOG.info("Layout {}: {}", layout.version(), why);
              lookAgain.run();
            })
        .replaceWithVoid();
  }

  /** How far what moves is. */
  public MoveProgress progress() {
    return moves.progress();
  }

  @Override
  public void close() {
    scheduler.shutdownNow();
  }
}

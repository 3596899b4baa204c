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

  private static final String NOT_SAID =
      "the first layout waits for the node that creates the cluster to say what it is to be, or for:"
          + " sluice cluster layout --replicas N";

  private final Supplier<ClusterView> view;
  private final BooleanSupplier leads;
  private final MetadataStore metadata;
  private final EligibleDisks eligible;
  private final KeeperOptions options;
  private final Runnable lookAgain;
  private final Moves moves;
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
    FirstLayout first = FirstLayout.in(now.settings()).orElse(options.first());
    List<RendezvousLayout.Disk> disks = eligible.of(now);
    String missing = first == null ? NOT_SAID : missing(first, disks);
    if (first == null || missing != null) {
      tell(missing);
      return Uni.createFrom().voidItem();
    }
    obstacle = null;
    return commit(RendezvousLayout.compute(1, first.replicas(), disks), "the first layout");
  }

  /** What the first layout waits for; null when all is there. */
  private static @Nullable String missing(FirstLayout first, List<RendezvousLayout.Disk> disks) {
    long nodes = disks.stream().map(RendezvousLayout.Disk::node).distinct().count();
    // Two copies on one node are no two copies, unless there is to be one node only.
    int nodesNeeded = first.nodes() == 1 ? 1 : Math.max(first.nodes(), first.replicas());
    if (nodes < nodesNeeded || disks.size() < first.replicas()) {
      return "the first layout (%d copies) waits for %d nodes with %d disks; there are %d with %d"
          .formatted(first.replicas(), nodesNeeded, first.replicas(), nodes, disks.size());
    }
    String zones = RendezvousLayout.zonesMissing(first.replicas(), disks);
    return zones == null
        ? null
        : "the first layout waits: "
            + zones
            + "; or say: sluice cluster layout --replicas "
            + first.replicas()
            + " --force";
  }

  private void tell(@Nullable String now) {
    if (now != null && !now.equals(obstacle)) {
      LOG.warn("{}", now);
    }
    obstacle = now;
  }

  /** A layout without the disks that are not to be used any more, if one is needed and possible. */
  private @Nullable Layout needed(ClusterView now) {
    List<RendezvousLayout.Disk> usable = eligible.usedBy(now);
    if (!eligible.isNeeded(now)) {
      obstacle = null;
      return null;
    }
    try {
      Layout planned = plan(now.layout(), now.layout().replicas(), usable, now);
      obstacle = null;
      return sameSets(planned, now.layout()) ? null : planned;
    } catch (IllegalArgumentException e) {
      tell(e.getMessage());
      return null;
    }
  }

  /** Falls back on disks that hold nothing yet when the others are too few. */
  private Layout plan(
      Layout layout, int replicas, List<RendezvousLayout.Disk> usable, ClusterView now) {
    long nodes = usable.stream().map(RendezvousLayout.Disk::node).distinct().count();
    List<RendezvousLayout.Disk> disks = nodes >= replicas ? usable : eligible.of(now);
    Layout planned = RendezvousLayout.plan(layout, disks, replicas, options.spread()).layout();
    return Moves.limited(layout, planned, options.movesMax());
  }

  /**
   * Spreads partitions over all disks there are, with another number of copies if that is wanted.
   *
   * @param replicas 0 for as many as now
   * @param force also when copies have to share zones
   * @return the version of the layout that begins it; that of the present one if nothing is to be
   *     done. Fails with {@link IllegalArgumentException} and a line for the operator
   */
  public Uni<Long> rebalance(int replicas, boolean force) {
    return Uni.createFrom()
        .deferred(
            () -> {
              ClusterView now = view.get();
              Layout layout = now.layout();
              int wanted = replicas == 0 ? layout.replicas() : replicas;
              List<RendezvousLayout.Disk> disks = eligible.of(now);
              Layout next = RendezvousLayout.plan(layout, disks, wanted, options.spread()).layout();
              String zones = force ? null : RendezvousLayout.zonesMissing(wanted, disks);
              if (zones != null) {
                throw new RendezvousLayout.UnmetLayoutException(
                    zones + "; or let copies share zones: --force");
              }
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

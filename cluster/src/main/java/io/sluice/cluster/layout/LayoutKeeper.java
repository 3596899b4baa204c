package io.sluice.cluster.layout;

import io.netty.util.concurrent.DefaultThreadFactory;
import io.sluice.cluster.view.ClusterView;
import io.sluice.storage.Layout;
import io.sluice.storage.MetadataStore;
import io.sluice.storage.StorageFailure;
import io.sluice.storage.chunk.ChunkReplica;
import io.sluice.storage.proto.Command;
import io.sluice.storage.proto.PutLayout;
import io.sluice.storage.proto.RefusalCode;
import io.smallrye.mutiny.Uni;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
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
  private static final MoveLimit.Step NOTHING =
      new MoveLimit.Step(new Layout(0, 0, List.of()), 0, 0);

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
  private final Room room;
  private final ScheduledThreadPoolExecutor scheduler;
  private final AtomicBoolean busy = new AtomicBoolean();
  private final MoveLimit limit;
  private volatile @Nullable String obstacle;
  private volatile @Nullable String told;
  private volatile MoveLimit.Step toCome = NOTHING;

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
    this.limit = new MoveLimit(options.movesMax());
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

  /**
   * Another node kept the layout meanwhile, or an operator changed it: nothing was done, and the
   * next look goes on from what there is then.
   */
  private Uni<Void> overtaken(Throwable failure) {
    LOG.info("Another change of the layout came first: looking again");
    lookAgain.run();
    return Uni.createFrom().voidItem();
  }

  private static boolean isConflict(Throwable failure) {
    return failure instanceof StorageFailure.Refused refused
        && refused.code() == RefusalCode.CONFLICT;
  }

  /** One look, and one step if there is something to do. Any thread; one at a time. */
  public Uni<Void> look() {
    return step().onFailure(LayoutKeeper::isConflict).recoverWithUni(this::overtaken);
  }

  private Uni<Void> step() {
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
              moves.see(layout);
              Layout needed = needed(now, layout);
              if (needed != null) {
                return commit(needed, "partitions begin to move");
              }
              return moves
                  .step(now)
                  .flatMap(
                      moved ->
                          moved == null
                              ? Uni.createFrom().voidItem()
                              : commit(withMore(now, moved), "partitions have moved"));
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
    if (now != null && !now.equals(told)) {
      told = now;
      LOG.warn("{}", now);
    }
    obstacle = now;
  }

  /**
   * A layout in which more moves, off disks that are not to be used any more, or onto all there are
   * while it is being spread; null when that is not needed, not possible, or not yet allowed.
   */
  private @Nullable Layout needed(ClusterView now, Layout layout) {
    obstacle = null;
    if (!layout.spreading() && !eligible.isNeeded(now, layout)) {
      toCome = NOTHING;
      return null;
    }
    Set<String> out = EligibleDisks.out(now, layout);
    Layout next = Shedding.of(planned(now, layout, out), out);
    return sameSets(next, layout)
        ? null
        : new Layout(
            layout.version() + 1,
            next.replicas(),
            next.partitions(),
            next.targets(),
            next.spreading());
  }

  /** The layout there is if there can be no better one. */
  private Layout planned(ClusterView now, Layout layout, Set<String> out) {
    try {
      MoveLimit.Step step = plan(now, layout);
      String full = room.lacking(step.layout(), out);
      if (full == null) {
        toCome = step;
        return step.layout();
      }
      obstacle =
          "what a full disk holds does not fit on the others (disk "
              + full
              + " has too little space): delete something, or add disks";
    } catch (IllegalArgumentException e) {
      tell(e.getMessage());
    }
    toCome = NOTHING;
    return layout;
  }

  /** Falls back on disks that hold nothing yet when the others are too few. */
  private MoveLimit.Step plan(ClusterView now, Layout layout) {
    List<RendezvousLayout.Disk> disks = eligible.of(now);
    if (!layout.spreading()) {
      List<RendezvousLayout.Disk> used = eligible.usedBy(now, layout);
      long domains = used.stream().map(this::domain).distinct().count();
      disks = domains >= layout.replicas() ? used : disks;
    }
    return limited(layout, disks, layout.replicas(), layout.spreading());
  }

  private MoveLimit.Step limited(
      Layout layout, List<RendezvousLayout.Disk> disks, int replicas, boolean spreading) {
    Layout planned = RendezvousLayout.plan(layout, disks, replicas, options.spread()).layout();
    Set<String> usable = disks.stream().map(RendezvousLayout.Disk::id).collect(Collectors.toSet());
    MoveLimit.Step step = limit.of(layout, planned, usable);
    boolean goesOn = spreading && MoveLimit.isMoving(step.layout());
    return new MoveLimit.Step(
        step.layout().spreading(goesOn), step.partitionsToCome(), step.copiesToCome());
  }

  /** As some have arrived, others can begin: in the same step, so that none is lost waiting. */
  private Layout withMore(ClusterView now, Layout moved) {
    Layout more = needed(now, moved);
    return more == null
        ? moved
        : new Layout(
            moved.version(), more.replicas(), more.partitions(), more.targets(), more.spreading());
  }

  private String domain(RendezvousLayout.Disk disk) {
    return options.spread() == RendezvousLayout.Spread.DISKS ? disk.id() : disk.node();
  }

  /**
   * Begins to spread partitions over all disks there are, with another number of copies if that is
   * wanted. The layout says that it is being spread, so that whoever leads goes on until it is.
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
              MoveLimit.Step step = limited(layout, disks, wanted, true);
              String zones = force ? null : RendezvousLayout.zonesMissing(wanted, disks);
              if (zones != null) {
                throw new RendezvousLayout.UnmetLayoutException(
                    zones + "; or let copies share zones: --force");
              }
              if (sameSets(step.layout().spreading(layout.spreading()), layout)) {
                return Uni.createFrom().item(layout.version());
              }
              toCome = step;
              return commit(step.layout(), "rebalance").replaceWith(step.layout().version());
            });
  }

  private static boolean sameSets(Layout one, Layout other) {
    return one.replicas() == other.replicas()
        && one.spreading() == other.spreading()
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

  /** How far what moves is, with what waits for its turn. */
  public MoveProgress progress() {
    MoveProgress now = moves.progress();
    MoveLimit.Step later = toCome;
    return new MoveProgress(
        now.partitions() + later.partitionsToCome(),
        now.disksWaiting() + later.copiesToCome(),
        now.bytesCopied());
  }

  @Override
  public void close() {
    scheduler.shutdownNow();
  }
}

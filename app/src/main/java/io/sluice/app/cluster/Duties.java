package io.sluice.app.cluster;

import io.micrometer.core.instrument.MeterRegistry;
import io.sluice.app.config.ClusterSettings;
import io.sluice.app.config.ServerOptions;
import io.sluice.app.node.Blocking;
import io.sluice.app.node.Collectors;
import io.sluice.app.node.LocalDisks;
import io.sluice.app.node.Steps;
import io.sluice.cluster.format.FormatKeeper;
import io.sluice.cluster.heal.HealOptions;
import io.sluice.cluster.heal.Healer;
import io.sluice.cluster.layout.FirstLayout;
import io.sluice.cluster.layout.KeeperOptions;
import io.sluice.cluster.layout.LayoutKeeper;
import io.sluice.cluster.layout.Liveness;
import io.sluice.cluster.layout.ProbedLiveness;
import io.sluice.cluster.layout.RendezvousLayout;
import io.sluice.cluster.member.NodeHints;
import io.sluice.cluster.member.NodeListener;
import io.sluice.cluster.view.ClusterViews;
import io.sluice.cluster.view.ReplicaDirectory;
import io.sluice.gateway.placement.RepairBacklog;
import io.sluice.metadata.MetadataServer;
import io.sluice.metadata.gc.GarbageCollector;
import io.sluice.metadata.raft.ShardVoter;
import io.sluice.metadata.voters.VoterKeeper;
import io.sluice.storage.MetadataStore;
import io.sluice.storage.VertxUni;
import io.sluice.storage.proto.NodeRecord;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a node does for the cluster in the background: heals its own disks, and for the shards that
 * it leads keeps voters, layout and space.
 */
final class Duties {
  private static final Logger LOG = LoggerFactory.getLogger(Duties.class);
  private static final Duration HAND_OVER_LIMIT = Duration.ofSeconds(4);
  private static final Duration KEEPER_TICK = Duration.ofSeconds(1);
  private static final Duration PROBE_LIMIT = Duration.ofSeconds(2);
  private static final Duration CALL_LIMIT = Duration.ofSeconds(10);

  private final Steps steps = new Steps();
  private final Healer healer;
  private final LayoutKeeper keeper;
  private final GarbageCollector collector;
  private final ProbedLiveness liveness;

  /**
   * What they work on.
   *
   * @param first what the first layout is to be; null on a node that has no say in it
   * @param metadata this node's own part in it
   * @param store the metadata of the whole cluster
   */
  record Ground(
      ServerOptions options,
      ClusterSettings settings,
      @Nullable FirstLayout first,
      OwnPeer metadata,
      MetadataStore store,
      ClusterViews views,
      LocalDisks disks,
      ReplicaDirectory replicas,
      NodeHints hints,
      HealChannel channel,
      RepairBacklog backlog,
      PeerDirectory peers,
      RemoteNodes nodes,
      Vertx vertx,
      Clock clock,
      MeterRegistry meters) {}

  private Duties(
      Healer healer, LayoutKeeper keeper, GarbageCollector collector, ProbedLiveness liveness) {
    this.healer = healer;
    this.keeper = keeper;
    this.collector = collector;
    this.liveness = liveness;
  }

  /** Begins with all of them. There is a view. */
  static Duties start(Ground on) {
    ProbedLiveness liveness = probed(on);
    Healer healer =
        new Healer(
            on.views()::current,
            on.disks().byId(),
            on.replicas(),
            HealOptions.DEFAULT.withBytesPerSecond(on.options().healRate()),
            System::nanoTime,
            on.meters());
    FirstVoters firstVoters = firstVoters(on);
    LayoutKeeper keeper =
        new LayoutKeeper(
            on.views()::current,
            () -> on.metadata().leads(MetadataStore.ROOT_SHARD) && maySettle(on, firstVoters),
            on.store(),
            liveness,
            on.replicas(),
            on.channel(),
            keeperOptions(on),
            on.views()::lookAgain);
    GarbageCollector collector =
        Collectors.start(
            on.options(),
            on.store(),
            on.metadata()::leads,
            () -> on.views().current().layout(),
            on.replicas(),
            on.hints()::clocksAgree,
            on.clock(),
            on.meters());
    Duties duties = new Duties(healer, keeper, collector, liveness);
    duties.steps.push("garbage collection", collector, GarbageCollector::close);
    duties.steps.push("healing", healer, Healer::close);
    duties.steps.push("layout", keeper, LayoutKeeper::close);
    MetadataServer peer = on.metadata().server();
    if (peer != null) {
      duties.steps.push("voters", voters(on, peer, liveness), Duties::handOver);
    }
    duties.steps.push("formats", formats(on), FormatKeeper::close);
    on.channel().serve(healer, on.metadata()::figures);
    healer.start();
    keeper.start();
    on.hints().addListener(onReturn(on.views(), healer));
    new BacklogDrain(on.backlog(), on.views()::current, liveness::isUp, on.channel())
        .start(on.vertx());
    return duties;
  }

  /** Nobody is given up by hints alone. */
  private static ProbedLiveness probed(Ground on) {
    ProbedLiveness liveness =
        new ProbedLiveness(
            new HintLiveness(on.hints()),
            () -> others(on),
            node -> VertxUni.of(() -> on.nodes().of(node).identity(PROBE_LIMIT)),
            System::nanoTime);
    on.vertx().setPeriodic(ProbedLiveness.INTERVAL.toMillis(), timer -> liveness.look());
    // One that has just joined is asked before its first hints come.
    on.views().addListener(newer -> liveness.look());
    return liveness;
  }

  private static List<NodeRecord> others(Ground on) {
    String self = on.settings().node();
    return on.views().current().all().stream()
        .filter(node -> !node.getName().equals(self))
        .toList();
  }

  private static FirstVoters firstVoters(Ground on) {
    return FirstVoters.of(
        on.metadata()::leads,
        shard -> {
          List<ShardVoter> voters = on.metadata().voters(shard);
          return voters == null ? 0 : voters.size();
        },
        on.metadata().identity().shards(),
        on.settings().metadataPeers().size());
  }

  /** Whether the layout may be kept: the first one waits for the metadata's voters. */
  private static boolean maySettle(Ground on, FirstVoters voters) {
    return on.views().current().layout().version() > 0 || voters.areThere();
  }

  private static KeeperOptions keeperOptions(Ground on) {
    return new KeeperOptions(
        on.settings().downOut(),
        on.first(),
        on.settings().movesMax(),
        RendezvousLayout.Spread.NODES,
        KEEPER_TICK,
        CALL_LIMIT);
  }

  private static FormatKeeper formats(Ground on) {
    FormatKeeper keeper =
        new FormatKeeper(
            on.views()::current,
            on.metadata()::leads,
            on.metadata()::format,
            on.store(),
            CALL_LIMIT,
            on.views()::lookAgain);
    keeper.start(KEEPER_TICK);
    return keeper;
  }

  private static VoterKeeper voters(Ground on, MetadataServer peer, Liveness liveness) {
    Voters voters = new Voters(liveness, on.settings().downOut());
    VoterKeeper keeper =
        new VoterKeeper(
            peer.membership(),
            peer.identity().peerId(),
            peer.identity().shards(),
            shard -> voters.of(on.views().current()),
            // The peer directory tells them, whoever is a candidate.
            addresses -> {},
            VoterKeeper.Options.DEFAULT,
            System::nanoTime);
    keeper.start();
    return keeper;
  }

  /** A node that was away may have something that this one missed meanwhile. */
  private static NodeListener onReturn(ClusterViews views, Healer healer) {
    return new NodeListener() {
      @Override
      public void cameUp(String node) {
        if (views.current().nodes().containsKey(node)) {
          healer.compareAll();
        }
      }
    };
  }

  private static void handOver(VoterKeeper voters) {
    voters.close();
    try {
      Blocking.await(voters.leadNothing().subscribeAsCompletionStage(), HAND_OVER_LIMIT);
    } catch (IOException | RuntimeException e) {
      LOG.info("not every shard was handed over: {}", e.toString());
    }
  }

  Healer healer() {
    return healer;
  }

  LayoutKeeper keeper() {
    return keeper;
  }

  /** Who is there, by hints and by answers. */
  ProbedLiveness liveness() {
    return liveness;
  }

  GarbageCollector collector() {
    return collector;
  }

  /** Hands over what this node leads, if that is quick, and ends everything. Blocks. */
  void stop() {
    steps.stop();
  }
}

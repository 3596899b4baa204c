package io.sluice.app.cluster;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.sluice.cluster.layout.LayoutKeeper;
import io.sluice.cluster.view.ClusterView;
import io.sluice.metadata.raft.ShardVoter;
import io.sluice.storage.Layout;
import io.sluice.storage.MetadataStore;
import io.vertx.core.Vertx;
import java.util.List;
import java.util.function.Supplier;

/**
 * Figures of the cluster. What only a leader knows is NaN at the other nodes, so that the maximum
 * over all of them is the figure.
 */
final class ClusterMeters {
  private static final long INTERVAL_MS = 5_000;

  private final Supplier<ClusterView> view;
  private final OwnPeer metadata;
  private final LayoutKeeper keeper;
  private final ClusterStatus status;
  private final RemoteNodes others;
  private final Vertx vertx;
  private volatile double underReplicated = Double.NaN;
  private long timer;

  ClusterMeters(Duties.Ground on, Duties duties, RemoteNodes others) {
    this.view = on.views()::current;
    this.metadata = on.metadata();
    this.keeper = duties.keeper();
    this.status = new ClusterStatus(on, duties);
    this.others = others;
    this.vertx = on.vertx();
  }

  /** Registers them, and asks for what has to be asked for from now on. */
  void start(MeterRegistry registry) {
    for (String state : new String[] {"up", "draining", "down"}) {
      gauge(
          registry,
          "sluice.cluster.nodes",
          "Nodes of the cluster, as this one hears or reaches them",
          Tags.of("state", state),
          () -> status.count(state));
    }
    plain(
        registry,
        "sluice.cluster.breakers.open",
        "Other nodes that this one does not call, because they did not answer",
        others::unreachable);
    plain(
        registry,
        "sluice.layout.version",
        "Version of the layout that this node knows",
        () -> view.get().layout().version());
    plain(
        registry,
        "sluice.layout.replicas",
        "Copies of each chunk that the layout aims at",
        () -> view.get().layout().replicas());
    plain(
        registry,
        "sluice.layout.partitions.moving",
        "Partitions that are on their way to other disks",
        this::moving);
    plain(
        registry,
        "sluice.layout.copies.waiting",
        "Pairs of moving partition and disk that are not complete yet; from the leader of shard 0",
        () -> leads(MetadataStore.ROOT_SHARD) ? keeper.progress().disksWaiting() : Double.NaN);
    plain(
        registry,
        "sluice.layout.partitions.under.replicated",
        "Partitions with a copy that is not there or may lack something; from the leader of shard 0",
        () -> leads(MetadataStore.ROOT_SHARD) ? underReplicated : Double.NaN);
    for (int shard = 0; shard < metadata.identity().shards(); shard++) {
      int number = shard;
      gauge(
          registry,
          "sluice.metadata.voters",
          "Nodes that vote in the shard; from its leader",
          Tags.of("shard", Integer.toString(shard)),
          () -> voters(number));
    }
    timer = vertx.setPeriodic(INTERVAL_MS, unused -> look());
  }

  /** Asks no further. */
  void stop() {
    vertx.cancelTimer(timer);
  }

  private static void plain(
      MeterRegistry registry, String name, String what, Supplier<Number> value) {
    gauge(registry, name, what, Tags.empty(), value);
  }

  private static void gauge(
      MeterRegistry registry, String name, String what, Tags tags, Supplier<Number> value) {
    Gauge.builder(name, value).description(what).tags(tags).register(registry);
  }

  private boolean leads(int shard) {
    return metadata.leads(shard);
  }

  private int moving() {
    Layout layout = view.get().layout();
    int moving = 0;
    for (int partition = 0; partition < layout.partitions().size(); partition++) {
      moving += layout.isMoving(partition) ? 1 : 0;
    }
    return moving;
  }

  private double voters(int shard) {
    List<ShardVoter> voters = metadata.voters(shard);
    return voters == null ? Double.NaN : voters.size();
  }

  private void look() {
    if (leads(MetadataStore.ROOT_SHARD)) {
      status
          .underReplicated()
          .subscribe()
          .with(count -> underReplicated = count, failure -> underReplicated = Double.NaN);
    } else {
      underReplicated = Double.NaN;
    }
  }
}

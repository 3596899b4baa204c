package io.sluice.app.server;

import io.micrometer.core.instrument.MeterRegistry;
import io.sluice.app.config.ServerOptions;
import io.sluice.app.node.Backing;
import io.sluice.app.node.Blocking;
import io.sluice.app.node.Collectors;
import io.sluice.app.node.DataDirectories;
import io.sluice.app.node.FailedShards;
import io.sluice.app.node.KnownDisks;
import io.sluice.app.node.LocalDisks;
import io.sluice.app.node.NodeJobs;
import io.sluice.app.node.StartupException;
import io.sluice.cluster.format.FormatKeeper;
import io.sluice.gateway.admin.AdminAnswer;
import io.sluice.gateway.admin.AdminException;
import io.sluice.gateway.admin.AdminRoute;
import io.sluice.gateway.http.Readiness;
import io.sluice.gateway.placement.BalancePolicies;
import io.sluice.gateway.placement.BalancePolicy;
import io.sluice.gateway.placement.RepairBacklog;
import io.sluice.gateway.placement.Topology;
import io.sluice.metadata.MetadataOptions;
import io.sluice.metadata.MetadataServer;
import io.sluice.metadata.gc.GarbageCollector;
import io.sluice.storage.FormatRange;
import io.sluice.storage.Layout;
import io.sluice.storage.MetadataStore;
import io.sluice.storage.chunk.ChunkId;
import io.sluice.storage.verticle.SegmentStore;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a node that is alone keeps: the metadata, and a storage verticle for each data directory.
 */
final class StoragePlane implements Backing {
  private static final Logger LOG = LoggerFactory.getLogger(StoragePlane.class);
  private static final int REPAIR_BACKLOG_MAX = 10_000;
  private static final Duration FORMAT_LIMIT = Duration.ofSeconds(10);

  private final ServerOptions options;
  private final FormatRange formats;
  private final Clock clock;
  private final MeterRegistry meters;
  private final RepairBacklog backlog = new RepairBacklog(REPAIR_BACKLOG_MAX);
  private final BalancePolicy policy = BalancePolicies.named(BalancePolicies.DEFAULT);
  private @Nullable LocalDisks disks;
  private @Nullable MetadataServer metadata;
  private volatile @Nullable LoneDisks kept;
  private @Nullable GarbageCollector collector;

  StoragePlane(ServerOptions options, FormatRange formats, Clock clock, MeterRegistry meters) {
    this.options = options;
    this.formats = formats;
    this.clock = clock;
    this.meters = meters;
  }

  void open(Vertx vertx) throws IOException {
    DataDirectories.requireMetadataFirst(options);
    DataDirectories.requireNoOther(options);
    DataDirectories directories =
        DataDirectories.look(options.data(), KnownDisks.read(options.metadataDir()));
    MetadataOptions metadataOptions =
        MetadataOptions.in(options.metadataDir())
            .shards(options.shards())
            .floorBytes(options.metadataReserve())
            .formats(formats)
            .build();
    MetadataServer opened = MetadataServer.open(metadataOptions, clock, meters, FailedShards::halt);
    metadata = opened;
    requireSameShards(opened.store().shardCount());
    useNewestFormat(opened);
    ClusterLayout agreed = new ClusterLayout(opened.store());
    Layout layout = agreed.read();
    ClusterLayout.requireFitting(layout, directories);
    LocalDisks found =
        LocalDisks.open(
            new LocalDisks.Ground(
                vertx, options, UUID.fromString(opened.clusterId()), clock, meters, this::damaged),
            directories);
    disks = found;
    if (layout.version() == 0) {
      layout = agreed.create(options.replicas(), found.stores());
    }
    found.forgetOthers(layout.disks());
    LoneDisks keeping =
        new LoneDisks(
            found,
            opened.store(),
            agreed,
            layout,
            () -> opened.leads(MetadataStore.ROOT_SHARD),
            backlog,
            options.diskOut(),
            options.healRate(),
            meters);
    kept = keeping;
    keeping.start(vertx);
    collector =
        Collectors.start(
            options,
            opened.store(),
            opened::leads,
            this::layout,
            found::replica,
            () -> true,
            clock,
            meters);
  }

  private void damaged(String disk, ChunkId chunk) {
    LOG.error("damaged: {} on disk {}", chunk, disk);
    LoneDisks keeping = kept;
    if (keeping != null) {
      keeping.repair(disk, chunk);
    }
  }

  /** Nobody else has to know it. */
  private void useNewestFormat(MetadataServer opened) throws IOException {
    for (int shard = 0; shard < opened.store().shardCount(); shard++) {
      if (opened.format(shard) < formats.newest()) {
        Blocking.await(
            FormatKeeper.raise(opened.store(), shard, formats.newest(), FORMAT_LIMIT)
                .subscribeAsCompletionStage(),
            FORMAT_LIMIT.multipliedBy(2));
      }
    }
  }

  /**
   * Buckets are spread over the shards there were: their number is not one to change in passing.
   */
  private void requireSameShards(int made) {
    options
        .shardsGiven()
        .filter(given -> given != made)
        .ifPresent(
            given -> {
              throw new StartupException(
                  "--shards "
                      + given
                      + " can't be: this store was made with "
                      + made
                      + ", which stays; start it with --shards "
                      + made
                      + " or without the option",
                  null);
            });
  }

  @Override
  public MetadataStore metadata() {
    return opened(metadata).store();
  }

  /** Whether every shard answers here and some disk takes writes. Cheap; for event loops. */
  @Override
  public Readiness readiness() {
    MetadataServer server = metadata;
    LocalDisks found = disks;
    if (server == null || found == null) {
      return new Readiness(false, "starting");
    }
    return NodeReadiness.of(
        server.store().shardCount(),
        server::leads,
        found.stores().stream().map(SegmentStore::state).toList());
  }

  @Override
  public UUID clusterId() {
    return UUID.fromString(opened(metadata).clusterId());
  }

  /** There is nobody else. */
  @Override
  public boolean leads() {
    return true;
  }

  @Override
  public String node() {
    return "this node";
  }

  private Layout layout() {
    return opened(kept).layout();
  }

  @Override
  public Topology topology() {
    return Topology.ofOneNode(this::layout, opened(disks)::replica);
  }

  @Override
  public Supplier<BalancePolicy> balance() {
    return () -> policy;
  }

  @Override
  public RepairBacklog backlog() {
    return backlog;
  }

  @Override
  public Uni<JsonObject> job(NodeJobs.Request request) {
    return Uni.createFrom()
        .item(() -> new NodeJobs(opened(collector), opened(disks).stores()).answer(request));
  }

  /** Whoever asks a node that is alone for its cluster is told what it is. */
  @Override
  public List<AdminRoute> adminRoutes() {
    AdminRoute.Action alone =
        call -> {
          throw AdminException.conflict(
              "NotACluster",
              "this server is alone, and no node of a cluster: its cluster options, such as"
                  + " --cluster-secret-file, make it one (docs/operations.md, A cluster)");
        };
    AdminRoute heal = healing(HttpMethod.GET, "/heal", LoneDisks::heal);
    AdminRoute healNow = healing(HttpMethod.POST, "/heal/start", LoneDisks::healNow);
    Stream<AdminRoute> cluster =
        Stream.of("/cluster", "/cluster/*")
            .flatMap(
                path ->
                    Stream.of(HttpMethod.GET, HttpMethod.POST)
                        .map(method -> new AdminRoute(method, path, alone)));
    return Stream.concat(Stream.of(heal, healNow), cluster).toList();
  }

  private AdminRoute healing(HttpMethod method, String path, Function<LoneDisks, JsonObject> does) {
    return new AdminRoute(
        method,
        path,
        call -> Uni.createFrom().item(() -> AdminAnswer.ok(does.apply(opened(kept)))));
  }

  @Override
  public String describe() {
    return options.data().size()
        + (options.data().size() == 1 ? " disk, " : " disks, ")
        + options.replicas()
        + (options.replicas() == 1 ? " copy" : " copies");
  }

  /** Opening has waited. */
  @Override
  public void awaitReady() {}

  private static <T> T opened(@Nullable T thing) {
    if (thing == null) {
      throw new IllegalStateException("not open");
    }
    return thing;
  }

  void close() throws IOException {
    if (collector != null) {
      collector.close();
    }
    LoneDisks keeping = kept;
    if (keeping != null) {
      keeping.close();
    }
    if (metadata != null) {
      metadata.close();
    }
  }
}

package io.sluice.app.server;

import io.micrometer.core.instrument.MeterRegistry;
import io.sluice.app.config.ServerOptions;
import io.sluice.gateway.http.Readiness;
import io.sluice.metadata.MetadataOptions;
import io.sluice.metadata.MetadataServer;
import io.sluice.metadata.gc.GarbageCollector;
import io.sluice.metadata.gc.GcOptions;
import io.sluice.storage.Layout;
import io.sluice.storage.MetadataStore;
import io.sluice.storage.chunk.ChunkId;
import io.sluice.storage.chunk.ChunkReplica;
import io.sluice.storage.verticle.DataDirectory;
import io.sluice.storage.verticle.Fsync;
import io.sluice.storage.verticle.SegmentStore;
import io.sluice.storage.verticle.SegmentStoreOptions;
import io.sluice.storage.verticle.StorageVerticle;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What keeps: the metadata, and a storage verticle for each data directory. */
final class StoragePlane {
  private static final Logger LOG = LoggerFactory.getLogger(StoragePlane.class);

  private final ServerOptions options;
  private final Clock clock;
  private final MeterRegistry meters;
  private final List<StorageVerticle> verticles = new ArrayList<>();
  private final Map<String, SegmentStore> disks = new LinkedHashMap<>();
  private @Nullable MetadataServer metadata;
  private @Nullable Layout layout;
  private @Nullable GarbageCollector collector;

  StoragePlane(ServerOptions options, Clock clock, MeterRegistry meters) {
    this.options = options;
    this.clock = clock;
    this.meters = meters;
  }

  void open(Vertx vertx) throws IOException {
    MetadataOptions metadataOptions =
        MetadataOptions.of(options.metadataDir()).withShards(options.shards());
    MetadataServer opened =
        MetadataServer.open(metadataOptions, clock, meters, StoragePlane::shardFailed);
    metadata = opened;
    requireSameShards(opened.store().shardCount());
    UUID cluster = UUID.fromString(opened.clusterId());
    List<Future<?>> deployed = new ArrayList<>();
    for (Path path : options.data()) {
      DataDirectory directory = DataDirectory.openOrCreate(path, () -> cluster);
      StorageVerticle verticle =
          new StorageVerticle(
              directory,
              cluster,
              storeOptions(),
              meters,
              clock,
              id -> LOG.error("damaged: {}", id));
      verticles.add(verticle);
      deployed.add(vertx.deployVerticle(verticle));
    }
    RunningServer.await(Future.all(deployed));
    verticles.forEach(verticle -> disks.put(verticle.store().id(), verticle.store()));
    layout =
        new ClusterLayout(opened.store())
            .establish(options.replicas(), List.copyOf(disks.values()));
    collector = startCollector(opened);
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

  private GarbageCollector startCollector(MetadataServer opened) {
    GcOptions usual = GcOptions.DEFAULT;
    GarbageCollector made =
        new GarbageCollector(
            opened.store(),
            opened::leads,
            this::replicasOf,
            new GcOptions(
                options.gcInterval(),
                options.gcGrace(),
                options.orphanGrace(),
                usual.changesMax(),
                usual.pageChunks(),
                usual.chunksPerSecond()),
            clock,
            System::nanoTime,
            meters);
    made.start();
    return made;
  }

  private List<ChunkReplica> replicasOf(ChunkId id) {
    List<ChunkReplica> replicas = new ArrayList<>();
    for (String disk : layout().replicasOf(id.partition())) {
      ChunkReplica replica = replica(disk);
      if (replica == null) {
        throw new IllegalStateException("disk " + disk + " of the layout is not here");
      }
      replicas.add(replica);
    }
    return replicas;
  }

  private SegmentStoreOptions storeOptions() {
    Fsync fsync =
        switch (options.fsync()) {
          case always -> Fsync.ALWAYS;
          case interval -> Fsync.INTERVAL;
          case never -> Fsync.NEVER;
        };
    return SegmentStoreOptions.defaults().withFsync(fsync);
  }

  /** A shard that can't apply what was committed must not go on, and its process neither. */
  private static void shardFailed(int shard, Throwable cause) {
    System.err.println("sluice: shard " + shard + " of the metadata stopped: " + cause);
    Runtime.getRuntime().halt(1);
  }

  MetadataStore metadata() {
    if (metadata == null) {
      throw new IllegalStateException("not open");
    }
    return metadata.store();
  }

  /** Whether every shard answers here and some disk takes writes. Cheap; for event loops. */
  Readiness readiness() {
    MetadataServer opened = metadata;
    if (opened == null) {
      return new Readiness(false, "starting");
    }
    return NodeReadiness.of(
        opened.store().shardCount(),
        opened::leads,
        disks.values().stream().map(SegmentStore::state).toList());
  }

  UUID clusterId() {
    if (metadata == null) {
      throw new IllegalStateException("not open");
    }
    return UUID.fromString(metadata.clusterId());
  }

  Layout layout() {
    if (layout == null) {
      throw new IllegalStateException("not open");
    }
    return layout;
  }

  @Nullable ChunkReplica replica(String id) {
    return disks.get(id);
  }

  /** The stores of this node's disks. */
  List<SegmentStore> disks() {
    return List.copyOf(disks.values());
  }

  GarbageCollector collector() {
    if (collector == null) {
      throw new IllegalStateException("not open");
    }
    return collector;
  }

  void close() throws IOException {
    if (collector != null) {
      collector.close();
    }
    if (metadata != null) {
      metadata.close();
    }
  }
}

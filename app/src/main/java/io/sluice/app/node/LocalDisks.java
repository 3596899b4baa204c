package io.sluice.app.node;

import io.micrometer.core.instrument.MeterRegistry;
import io.sluice.app.config.ServerOptions;
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
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** The disks of this node: a storage verticle for each data directory. They end with the Vert.x. */
public final class LocalDisks {
  private final Map<String, SegmentStore> stores;

  private LocalDisks(Map<String, SegmentStore> stores) {
    this.stores = Collections.unmodifiableMap(stores);
  }

  /** Those of a node that keeps no chunks. */
  public static LocalDisks none() {
    return new LocalDisks(Map.of());
  }

  /**
   * Opens the data directories, and makes those that are new. Blocks.
   *
   * @param damage told of each damaged copy, with the disk's id; must return at once
   * @throws IOException with a message for the operator when a directory is in use, damaged, or of
   *     another cluster
   */
  public static LocalDisks open(
      Vertx vertx,
      ServerOptions options,
      UUID cluster,
      Clock clock,
      MeterRegistry meters,
      BiConsumer<String, ChunkId> damage)
      throws IOException {
    List<StorageVerticle> verticles = new ArrayList<>();
    List<Future<?>> deployed = new ArrayList<>();
    for (Path path : options.data()) {
      DataDirectory directory = DataDirectory.openOrCreate(path, () -> cluster);
      String disk = directory.diskId().toString();
      StorageVerticle verticle =
          new StorageVerticle(
              directory,
              cluster,
              storeOptions(options.fsync()),
              meters,
              clock,
              chunk -> damage.accept(disk, chunk));
      verticles.add(verticle);
      deployed.add(vertx.deployVerticle(verticle));
    }
    Blocking.await(Future.all(deployed));
    Map<String, SegmentStore> stores = new LinkedHashMap<>();
    verticles.forEach(verticle -> stores.put(verticle.store().id(), verticle.store()));
    return new LocalDisks(stores);
  }

  private static SegmentStoreOptions storeOptions(ServerOptions.Fsync mode) {
    Fsync fsync =
        switch (mode) {
          case always -> Fsync.ALWAYS;
          case interval -> Fsync.INTERVAL;
          case never -> Fsync.NEVER;
        };
    return SegmentStoreOptions.defaults().withFsync(fsync);
  }

  public List<SegmentStore> stores() {
    return List.copyOf(stores.values());
  }

  /** By id. */
  public Map<String, SegmentStore> byId() {
    return stores;
  }

  /** By id, as those who only know replicas want them. */
  public Map<String, ChunkReplica> replicas() {
    return Map.copyOf(stores);
  }

  public @Nullable ChunkReplica replica(String id) {
    return stores.get(id);
  }
}

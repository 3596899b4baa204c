package io.sluice.app.node;

import io.micrometer.core.instrument.MeterRegistry;
import io.sluice.app.config.ServerOptions;
import io.sluice.storage.chunk.ChunkId;
import io.sluice.storage.chunk.ChunkReplica;
import io.sluice.storage.verticle.DataDirectory;
import io.sluice.storage.verticle.DirectoryRefusedException;
import io.sluice.storage.verticle.Fsync;
import io.sluice.storage.verticle.SegmentStore;
import io.sluice.storage.verticle.SegmentStoreOptions;
import io.sluice.storage.verticle.StorageVerticle;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The disks of this node: a storage verticle for each data directory that can be used. They end
 * with the Vert.x. A disk that this node had and can't use now is one of them too, failed.
 */
public final class LocalDisks {
  private static final Logger LOG = LoggerFactory.getLogger(LocalDisks.class);

  private final Map<String, SegmentStore> stores = new LinkedHashMap<>();
  private final Map<String, ChunkReplica> replicas = new LinkedHashMap<>();
  private final List<KnownDisks.Disk> noted = new ArrayList<>();
  private final Path metadataDirectory;

  private LocalDisks(Path metadataDirectory) {
    this.metadataDirectory = metadataDirectory;
  }

  /** Those of a node that keeps no chunks. */
  public static LocalDisks none(Path metadataDirectory) {
    return new LocalDisks(metadataDirectory);
  }

  /**
   * What disks are opened with.
   *
   * @param cluster the cluster they belong to
   * @param damage told of each damaged copy, with the disk's id; must return at once
   */
  public record Ground(
      Vertx vertx,
      ServerOptions options,
      UUID cluster,
      Clock clock,
      MeterRegistry meters,
      BiConsumer<String, ChunkId> damage) {}

  /**
   * Opens the data directories, and then makes those that are new: one that refuses the start is
   * found before anything is made. Blocks.
   *
   * @param directories as they were found
   * @throws IOException with a message for the operator when a directory is in use, of another
   *     cluster, or there is none that can be used
   */
  public static LocalDisks open(Ground on, DataDirectories directories) throws IOException {
    LocalDisks disks = new LocalDisks(on.options().metadataDir());
    Map<Path, Future<StorageVerticle>> opening = new LinkedHashMap<>();
    Map<Path, IOException> failures = new LinkedHashMap<>();
    for (Path path : directories.existing()) {
      try {
        opening.put(path, deploy(on, path));
      } catch (IOException e) {
        failures.put(path, requireOnlyTheDisk(e));
      }
    }
    for (Map.Entry<Path, Future<StorageVerticle>> one : opening.entrySet()) {
      try {
        disks.has(one.getKey(), Blocking.await(one.getValue()).store());
      } catch (IOException | RuntimeException e) {
        IOException failure = e instanceof IOException io ? io : new IOException(e.getMessage(), e);
        failures.put(one.getKey(), requireOnlyTheDisk(failure));
      }
    }
    List<KnownDisks.Disk> before = KnownDisks.read(on.options().metadataDir());
    for (Map.Entry<Path, IOException> failed : failures.entrySet()) {
      String id = directories.idAt(failed.getKey());
      KnownDisks.Disk known =
          before.stream().filter(disk -> disk.id().equals(id)).findFirst().orElse(null);
      if (known == null || disks.stores.isEmpty()) {
        throw failed.getValue();
      }
      disks.lacks(known, String.valueOf(failed.getValue().getMessage()));
    }
    directories.absent().forEach((path, disk) -> disks.lacks(disk, directories.reason(path)));
    directories
        .unlisted()
        .forEach(disk -> disks.lacks(disk, "--data does not name " + disk.path()));
    for (Path path : directories.fresh()) {
      disks.has(path, Blocking.await(deploy(on, path)).store());
    }
    if (disks.stores.isEmpty()) {
      throw new IOException("none of the --data directories can be used");
    }
    KnownDisks.write(disks.metadataDirectory, disks.noted);
    return disks;
  }

  private static Future<StorageVerticle> deploy(Ground on, Path path) throws IOException {
    DataDirectory directory = DataDirectory.openOrCreate(path, on::cluster);
    String disk = directory.diskId().toString();
    StorageVerticle verticle =
        new StorageVerticle(
            directory,
            on.cluster(),
            storeOptions(on.options(), path),
            on.meters(),
            on.clock(),
            chunk -> on.damage().accept(disk, chunk));
    return on.vertx().deployVerticle(verticle).map(verticle);
  }

  /** Who has a directory, and what it is of, is no matter of the disk under it. */
  private static IOException requireOnlyTheDisk(IOException failure) throws IOException {
    for (Throwable at = failure; at != null; at = at.getCause()) {
      if (at instanceof DirectoryRefusedException || at instanceof AccessDeniedException) {
        throw failure;
      }
    }
    return failure;
  }

  private void has(Path path, SegmentStore store) throws IOException {
    stores.put(store.id(), store);
    replicas.put(store.id(), store);
    noted.add(
        new KnownDisks.Disk(
            store.id(),
            path.toAbsolutePath().normalize(),
            KnownDisks.mountOf(path),
            store.load().capacityBytes()));
  }

  private void lacks(KnownDisks.Disk disk, String reason) {
    LOG.error("disk {} is missing, and counts as failed: {}", disk.id(), reason);
    replicas.put(disk.id(), new AbsentDisk(disk.id(), disk.capacityBytes(), reason));
    noted.add(disk);
  }

  private static SegmentStoreOptions storeOptions(ServerOptions options, Path path) {
    Fsync fsync =
        switch (options.fsync()) {
          case always -> Fsync.ALWAYS;
          case interval -> Fsync.INTERVAL;
          case never -> Fsync.NEVER;
        };
    SegmentStoreOptions usual = SegmentStoreOptions.defaults().withFsync(fsync);
    // Chunks are not to take the room that the metadata beside them needs.
    return KnownDisks.isSameDevice(path, options.metadataDir())
        ? usual.withReserveBytes(usual.reserveBytes() + options.metadataReserve())
        : usual;
  }

  /** Those that are open. */
  public List<SegmentStore> stores() {
    return List.copyOf(stores.values());
  }

  /** Those that are open, by id. */
  public Map<String, SegmentStore> byId() {
    return Collections.unmodifiableMap(stores);
  }

  /** All of them by id, as those who only know replicas want them. */
  public Map<String, ChunkReplica> replicas() {
    return Collections.unmodifiableMap(replicas);
  }

  public @Nullable ChunkReplica replica(String id) {
    return replicas.get(id);
  }

  /**
   * Forgets what is missing and needed no more. Blocks.
   *
   * @param needed ids of disks that the layout names
   */
  public void forgetOthers(Set<String> needed) throws IOException {
    noted.removeIf(disk -> !stores.containsKey(disk.id()) && !needed.contains(disk.id()));
    KnownDisks.write(metadataDirectory, noted);
  }
}

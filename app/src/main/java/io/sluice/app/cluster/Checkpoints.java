package io.sluice.app.cluster;

import io.sluice.cluster.channel.CheckpointSource;
import io.sluice.metadata.MetadataServer;
import io.sluice.storage.StorageFailure;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Copies of shards for peers that fell behind, made beside the metadata, one at a time. */
final class Checkpoints implements CheckpointSource {
  private static final String DIRECTORY = "outgoing";
  private static final long BLOCK_MINUTES_MAX = 10;

  private final MetadataServer metadata;
  private final Path root;
  private final WorkerExecutor worker;

  private Checkpoints(MetadataServer metadata, Path root, WorkerExecutor worker) {
    this.metadata = metadata;
    this.root = root;
    this.worker = worker;
  }

  /** Removes what an earlier process left. Blocks. */
  static Checkpoints open(MetadataServer metadata, Path metadataDirectory, Vertx vertx)
      throws IOException {
    Path root = metadataDirectory.resolve(DIRECTORY);
    delete(root);
    Files.createDirectories(root);
    return new Checkpoints(
        metadata,
        root,
        vertx.createSharedWorkerExecutor(
            "sluice-checkpoint-make", 1, BLOCK_MINUTES_MAX, TimeUnit.MINUTES));
  }

  @Override
  public Future<Path> checkpoint(int shard) {
    return worker.executeBlocking(() -> make(shard));
  }

  private Path make(int shard) throws IOException {
    if (shard >= metadata.identity().shards() || !metadata.leads(shard)) {
      throw new StorageFailure.NotLeader(shard, null);
    }
    Path made = Files.createTempDirectory(root, "shard-" + shard + "-");
    try {
      metadata.checkpoint(shard, made);
      return made;
    } catch (IOException | RuntimeException e) {
      delete(made);
      throw e;
    }
  }

  private static void delete(Path directory) throws IOException {
    if (!Files.exists(directory)) {
      return;
    }
    List<Path> deepestFirst;
    try (Stream<Path> files = Files.walk(directory)) {
      deepestFirst = files.sorted(Comparator.reverseOrder()).toList();
    }
    for (Path file : deepestFirst) {
      Files.deleteIfExists(file);
    }
  }
}

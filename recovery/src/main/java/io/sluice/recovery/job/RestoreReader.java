package io.sluice.recovery.job;

import io.sluice.recovery.backup.file.BackupFiles;
import io.sluice.recovery.backup.format.ChunkLocation;
import io.sluice.recovery.backup.target.BackupTarget;
import io.sluice.storage.chunk.ChunkId;
import io.smallrye.mutiny.Uni;
import java.io.IOException;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * Reads the backup that is restored, on a thread of its own, one step after the other. Methods
 * return at once and may be called on any thread; results arrive on another. For one use.
 */
final class RestoreReader {
  private final Callable<SetContents> opening;
  private final ExecutorService worker;
  private final LongAdder bytesRead = new LongAdder();

  private volatile boolean stopped;

  /** Worked on by the worker alone. */
  private volatile @Nullable SetContents contents;

  RestoreReader(BackupGround on, RestoreOrder order, RestoreFigures figures) {
    this("sluice-restore-" + order.target().getName(), () -> open(on, order, figures));
  }

  /**
   * @param opening opens what is read; blocks
   */
  RestoreReader(String threadName, Callable<SetContents> opening) {
    this.opening = opening;
    this.worker =
        Executors.newSingleThreadExecutor(
            task -> {
              Thread thread = new Thread(task, threadName);
              thread.setDaemon(true);
              return thread;
            });
  }

  /** What is read from here on fails. */
  void stop() {
    stopped = true;
  }

  /** Opens the backup that is wanted, whose accounts and buckets can be asked for then. */
  Uni<SetContents> open() {
    return BlockingSteps.on(worker, this::openNow);
  }

  /** The next objects that are wanted. */
  Uni<RestoreBatch> nextBatch() {
    return BlockingSteps.on(worker, () -> requireGoingOn().nextBatch());
  }

  /** Where chunks are, as they lie in the packs; those that are nowhere are left out. */
  Uni<List<ChunkLocation>> find(Collection<ChunkId> chunks) {
    return BlockingSteps.on(worker, () -> requireGoingOn().find(chunks));
  }

  /**
   * Reads some chunks of one pack; what is missing or damaged is left out.
   *
   * @param wanted by offset
   * @return each is to be released
   */
  Uni<Map<ChunkId, SetContents.Content>> read(List<ChunkLocation> wanted) {
    return BlockingSteps.on(worker, () -> requireGoingOn().read(wanted, problem -> {}))
        .invoke(read -> wanted.forEach(location -> bytesRead.add(location.length())));
  }

  /** Of chunks, as they are stored there. */
  long bytesRead() {
    return bytesRead.sum();
  }

  /** Does not fail. */
  Uni<Void> close() {
    return BlockingSteps.on(worker, this::closeNow)
        .replaceWithVoid()
        .onFailure()
        .recoverWithNull()
        .onTermination()
        .invoke(worker::shutdown);
  }

  private SetContents openNow() throws Exception {
    SetContents opened = opening.call();
    contents = opened;
    return opened;
  }

  private static SetContents open(BackupGround on, RestoreOrder order, RestoreFigures figures)
      throws IOException {
    BackupTarget target = on.targets().open(order.target());
    try {
      return SetContents.open(
          target,
          TargetSets.files(target, cluster(on, order, target), order.target()),
          order,
          order.skipDamaged() ? figures::addDamaged : null);
    } catch (IOException | RuntimeException e) {
      target.close();
      throw e;
    }
  }

  private static UUID cluster(BackupGround on, RestoreOrder order, BackupTarget target)
      throws IOException {
    if (order.cluster() != null) {
      return order.cluster();
    }
    List<UUID> there = BackupFiles.clusters(target);
    if (there.contains(on.clusterId()) || there.isEmpty()) {
      return on.clusterId();
    }
    if (there.size() > 1) {
      throw new IOException(
          "the target has backups of several other clusters; say one with --cluster-id: " + there);
    }
    return there.get(0);
  }

  private boolean closeNow() throws IOException {
    SetContents open = contents;
    if (open != null) {
      open.close();
    }
    return open != null;
  }

  private SetContents requireGoingOn() {
    if (stopped) {
      throw new CancellationException("the node is stopping");
    }
    return Objects.requireNonNull(contents);
  }
}

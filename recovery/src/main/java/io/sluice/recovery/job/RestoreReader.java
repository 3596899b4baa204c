package io.sluice.recovery.job;

import io.sluice.recovery.backup.file.BackupFiles;
import io.sluice.recovery.backup.format.ChunkLocation;
import io.sluice.recovery.backup.target.BackupTarget;
import io.sluice.storage.Pace;
import io.sluice.storage.chunk.ChunkId;
import io.sluice.storage.proto.TargetRecord;
import io.smallrye.mutiny.Uni;
import java.io.IOException;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
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
  /** Opens what is read. */
  @FunctionalInterface
  interface Opening {
    /**
     * Opens it. Blocks.
     *
     * @param target is closed with it
     */
    SetContents open(BackupTarget target) throws IOException;
  }

  /** A target that does not answer for so long hangs: one of S3 has said by then why. */
  private static final Duration SILENCE_MAX = Duration.ofMinutes(6);

  private final Opening opening;
  private final @Nullable Pace pace;
  private final ExecutorService thread;
  private final TargetWorker worker;
  private final LongAdder bytesRead = new LongAdder();

  private volatile boolean stopped;

  /** Worked on by the worker alone. */
  private volatile @Nullable SetContents contents;

  RestoreReader(BackupGround on, RestoreOrder order, RestoreFigures figures) {
    this(
        on,
        order.target(),
        "sluice-restore-" + order.target().getName(),
        null,
        target -> open(on, order, figures, target));
  }

  /**
   * @param pace of the bytes of chunks that are read; null: no limit
   */
  RestoreReader(
      BackupGround on,
      TargetRecord target,
      String threadName,
      @Nullable Pace pace,
      Opening opening) {
    this.pace = pace;
    this.opening = opening;
    this.thread =
        Executors.newSingleThreadExecutor(
            task -> {
              Thread thread = new Thread(task, threadName);
              thread.setDaemon(true);
              return thread;
            });
    this.worker = new TargetWorker(on, target, thread, SILENCE_MAX);
  }

  /** What is read from here on fails. */
  void stop() {
    stopped = true;
  }

  /** Opens the backup that is wanted, whose accounts and buckets can be asked for then. */
  Uni<SetContents> open() {
    return worker.step(this::openNow);
  }

  /** The next objects that are wanted. */
  Uni<RestoreBatch> nextBatch() {
    return worker.step(() -> requireGoingOn().nextBatch());
  }

  /** Where chunks are, as they lie in the packs; those that are nowhere are left out. */
  Uni<List<ChunkLocation>> find(Collection<ChunkId> chunks) {
    return worker.step(() -> requireGoingOn().find(chunks));
  }

  /**
   * Reads some chunks of one pack; what is missing or damaged is left out.
   *
   * @param wanted by offset
   * @return each is to be released
   */
  Uni<Map<ChunkId, SetContents.Content>> read(List<ChunkLocation> wanted) {
    long bytes = wanted.stream().mapToLong(ChunkLocation::length).sum();
    Uni<Void> turn = pace == null ? Uni.createFrom().voidItem() : pace.take(bytes);
    return turn.chain(
            () ->
                worker.step(
                    () -> requireGoingOn().read(wanted, problem -> {}),
                    unwanted -> unwanted.values().forEach(content -> content.frames().release())))
        .invoke(() -> bytesRead.add(bytes));
  }

  /** Of chunks, as they are stored there. */
  long bytesRead() {
    return bytesRead.sum();
  }

  /** Does not fail. */
  Uni<Void> close() {
    return worker
        .end(this::closeNow)
        .onFailure()
        .recoverWithNull()
        .onTermination()
        .invoke(thread::shutdown);
  }

  private SetContents openNow() throws IOException {
    BackupTarget target = worker.open();
    try {
      SetContents opened = opening.open(target);
      contents = opened;
      return opened;
    } catch (IOException | RuntimeException e) {
      target.close();
      throw e;
    }
  }

  private static SetContents open(
      BackupGround on, RestoreOrder order, RestoreFigures figures, BackupTarget target)
      throws IOException {
    return SetContents.open(
        target,
        TargetSets.files(target, cluster(on, order, target), order.target()),
        order,
        order.skipDamaged() ? figures::addDamaged : null);
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

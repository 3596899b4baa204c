package io.sluice.recovery.job;

import com.google.protobuf.ByteString;
import io.sluice.recovery.backup.BackupSet;
import io.sluice.recovery.snapshot.Cut;
import io.sluice.storage.StorageFailure;
import io.sluice.storage.chunk.ChunkId;
import io.sluice.storage.proto.AbandonBackup;
import io.sluice.storage.proto.BackupJob;
import io.sluice.storage.proto.BeginBackup;
import io.sluice.storage.proto.CompleteBackup;
import io.sluice.storage.proto.RecordBackup;
import io.sluice.storage.proto.RefusalCode;
import io.sluice.storage.proto.ShardPosition;
import io.sluice.storage.proto.TargetRecord;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.subscription.Cancellable;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes one set, from the beginning or from where another left it: takes the job, pins all shards
 * at one moment, streams what there was into the set, and says that it is complete.
 *
 * <p>All this time it renews its lease. Once another has the job, nothing that this writes counts:
 * the metadata refuses its word, and what it leaves in the target is in nobody's way.
 *
 * <p>What blocks runs on a thread of its own. For one use; methods may be called on any thread.
 */
final class BackupRun {
  private static final Logger log = LoggerFactory.getLogger(BackupRun.class);

  private static final Duration LEASE = Duration.ofSeconds(30);
  private static final Duration RENEW_EVERY = Duration.ofSeconds(5);

  /** Runs of one job that may end in trouble that may pass, before it is given up. */
  private static final int ATTEMPTS_MAX = 5;

  private static final int MESSAGE_LENGTH_MAX = 500;

  private final BackupGround on;
  private final TargetRecords records;
  private final String target;
  private final String id;
  private final RowSource source;
  private final BackupFigures figures = new BackupFigures();
  private final AtomicReference<@Nullable Throwable> ended = new AtomicReference<>();
  private final ExecutorService worker;
  private volatile int attempts;
  private volatile @Nullable SetInTheMaking set; // touched on the worker only

  /**
   * @param id another for each run
   */
  BackupRun(BackupGround on, TargetRecords records, String target, String id) {
    this.on = on;
    this.records = records;
    this.target = target;
    this.id = id;
    this.source = new RowSource(on.metadata());
    this.worker =
        Executors.newSingleThreadExecutor(
            task -> {
              Thread thread = new Thread(task, "sluice-backup-" + target);
              thread.setDaemon(true);
              return thread;
            });
  }

  BackupFigures figures() {
    return figures;
  }

  /** Ends it soon, and leaves the job to whoever leads next. */
  void stop() {
    ended.compareAndSet(null, new IOException("the node is stopping"));
  }

  /**
   * Makes the set.
   *
   * @param job as it was found: nobody has it
   * @return fails with what stood in the way; then the job is given up, or left to be taken over
   */
  Uni<BackupSet> make(BackupJob job) {
    return Uni.createFrom()
        .deferred(() -> take(job))
        .flatMap(this::make)
        .onTermination()
        .call(() -> onWorker(this::closeSet).onFailure().recoverWithNull())
        .onTermination()
        .invoke(worker::shutdown);
  }

  private Uni<TargetRecord> take(BackupJob job) {
    return records.begin(
        BeginBackup.newBuilder()
            .setTarget(target)
            .setRunId(id)
            .setContinues(job.getRunId())
            .setOwner(on.node())
            .setLeaseMs(LEASE.toMillis())
            .build());
  }

  private Uni<BackupSet> make(TargetRecord record) {
    attempts = progressOf(record.getJob()).getAttempts() + 1;
    Cancellable renewing = renew();
    return cut(record)
        .flatMap(this::open)
        .flatMap(this::copy)
        .chain(() -> onWorker(() -> requireSet().finish()))
        .call(made -> records.complete(completion(made)))
        .onFailure()
        .call(this::giveUp)
        .onTermination()
        .invoke(renewing::cancel);
  }
}

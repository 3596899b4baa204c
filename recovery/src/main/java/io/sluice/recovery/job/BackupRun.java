package io.sluice.recovery.job;

import io.sluice.recovery.backup.BackupSet;
import io.sluice.recovery.snapshot.Cut;
import io.sluice.storage.proto.BackupJob;
import io.sluice.storage.proto.BackupProgress;
import io.sluice.storage.proto.ShardPosition;
import io.sluice.storage.proto.TargetRecord;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.subscription.Cancellable;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CancellationException;
import org.jspecify.annotations.Nullable;

/**
 * Makes one set, from the beginning or from where another run left it: takes the job, pins all
 * shards at one moment, streams what there was into the set, and says that it is complete.
 *
 * <p>All this time it renews its lease. Once another has the job, nothing that this one writes
 * counts: the metadata refuses its word, and what it leaves in the target is in nobody's way.
 *
 * <p>For one use; methods may be called on any thread.
 */
final class BackupRun {
  private final BackupGround on;
  private final String id;
  private final BackupFigures figures = new BackupFigures();
  private final RunLease lease;
  private final SetWork work;

  /** If it was this run that made one. */
  private volatile @Nullable Cut made;

  /**
   * @param targets what is known of targets from the run before
   * @param id another for each run
   */
  BackupRun(
      BackupGround on,
      TargetRecords records,
      KnownTargets targets,
      TargetRecord target,
      String id) {
    this.on = on;
    this.id = id;
    this.lease = new RunLease(on, records, target.getName(), id, this::progress);
    this.work = new SetWork(on, targets, target, lease, figures);
  }

  private BackupProgress.Builder progress() {
    BackupProgress.Builder progress = work.tell(figures.progress());
    Duration silence = work.silence();
    return silence == null
        ? progress
        : progress.setSilentSinceMs(on.clock().millis() - silence.toMillis());
  }

  /** To the target, so far. */
  long bytesWritten() {
    return figures.bytesWritten.sum();
  }

  /** Ends it soon, and leaves the job to whoever leads next. */
  void stop() {
    lease.end(new CancellationException("the node is stopping"));
  }

  /**
   * Makes the set.
   *
   * @param job as it was found: nobody has it
   * @return fails with what stood in the way; then the job is given up, or left to be taken over
   */
  Uni<BackupSet> make(BackupJob job) {
    return lease.take(job).flatMap(this::make).onTermination().call(work::close);
  }

  private Uni<BackupSet> make(TargetRecord record) {
    work.goOnFrom(RunLease.progressOf(record.getJob()));
    Cancellable renewing = lease.renewing();
    return cut(record)
        .flatMap(work::make)
        .call(lease::complete)
        .invoke(made -> work.keep(record))
        .call(made -> unpin())
        .onFailure()
        .call(lease::settle)
        .onTermination()
        .invoke(renewing::cancel);
  }

  /** At once, for a cluster has only so many pins; those that stay go by and by. */
  private Uni<Void> unpin() {
    Cut own = made;
    return own == null ? Uni.createFrom().voidItem() : own.release().onFailure().recoverWithNull();
  }

  /** The moment of the set, which a run before this one may have chosen. */
  private Uni<TargetRecord> cut(TargetRecord record) {
    if (record.getJob().getCutCount() > 0) {
      return Uni.createFrom().item(record);
    }
    Uni<List<ShardPosition>> cut =
        JobTerms.isSynthetic(record)
            ? Uni.createFrom().item(record.getLast().getPositionsList())
            : newCut().make();
    long before = on.clock().millis(); // what is written from here on may not be in it
    return cut.flatMap(chosen -> lease.recordCut(chosen, before));
  }

  private Cut newCut() {
    Cut cut = Cut.ofBackup(on.metadata(), id);
    made = cut;
    return cut;
  }
}

package io.sluice.recovery.job;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import io.sluice.recovery.backup.BackupSet;
import io.sluice.recovery.backup.file.DamagedFileException;
import io.sluice.recovery.backup.file.NewerFormatException;
import io.sluice.recovery.backup.file.WrongKeyException;
import io.sluice.storage.StorageFailure;
import io.sluice.storage.proto.AbandonBackup;
import io.sluice.storage.proto.BackupJob;
import io.sluice.storage.proto.BackupProgress;
import io.sluice.storage.proto.BeginBackup;
import io.sluice.storage.proto.CompleteBackup;
import io.sluice.storage.proto.RecordBackup;
import io.sluice.storage.proto.RefusalCode;
import io.sluice.storage.proto.ShardPosition;
import io.sluice.storage.proto.TargetRecord;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.subscription.Cancellable;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.time.Duration;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The right of one run to the job of a target: taken, renewed, and in the end given back. Once
 * another has the job, the metadata refuses this one's word.
 *
 * <p>For one use; any thread.
 */
final class RunLease {
  /** Times the number of runs so far. */
  private static final Duration RETRY_AFTER = Duration.ofSeconds(2);

  /** Runs of one job that end in trouble that may pass, before it is given up. */
  private static final int ATTEMPTS_MAX = 5;

  private static final int REASON_LENGTH_MAX = 500;

  private final BackupGround on;
  private final TargetRecords records;
  private final String target;
  private final String id;
  private final Supplier<BackupProgress.Builder> progress;

  private volatile @Nullable Throwable ended;
  private volatile int attempts;

  /**
   * @param id another for each run
   * @param progress how far it is, for a successor
   */
  RunLease(
      BackupGround on,
      TargetRecords records,
      String target,
      String id,
      Supplier<BackupProgress.Builder> progress) {
    this.on = on;
    this.records = records;
    this.target = target;
    this.id = id;
    this.progress = progress;
  }

  /**
   * Takes it.
   *
   * @param job as it was found: nobody has it
   */
  Uni<TargetRecord> take(BackupJob job) {
    return records
        .begin(
            BeginBackup.newBuilder()
                .setTarget(target)
                .setRunId(id)
                .setContinues(job.getRunId())
                .setSeenLeaseUntilMs(job.getLeaseUntilMs())
                .setOwner(on.node())
                .setLeaseMs(LeaseRenewal.LEASE.toMillis())
                .build())
        .invoke(record -> attempts = progressOf(record.getJob()).getAttempts() + 1);
  }

  /** How far a job is. */
  static BackupProgress progressOf(BackupJob job) {
    try {
      return BackupProgress.parseFrom(job.getProgress());
    } catch (InvalidProtocolBufferException e) {
      return BackupProgress.getDefaultInstance(); // all is sent again
    }
  }

  /**
   * Renews it now and then, until that is cancelled. One whose target hangs is renewed too: it is
   * given up by who has it, who knows best how long an answer may take.
   */
  Cancellable renewing() {
    return LeaseRenewal.begin(on, "a backup", this::renew);
  }

  /** Not on the worker, which a large file or a slow target may hold for longer than a lease. */
  private Uni<Void> renew() {
    return records
        .record(record().setProgress(told()).build())
        .replaceWithVoid()
        .onFailure(RunLease::isFenced)
        .invoke(failure -> ended = failure)
        .onFailure(RunLease::isFenced)
        .recoverWithNull();
  }

  /** Says at once how far it is. */
  void tell() {
    renew().subscribe().with(done -> {}, failure -> {});
  }

  /** It gets on, and a successor begins where this one ends. */
  void getsOn() {
    attempts = 1;
  }

  private ByteString told() {
    return progress.get().setAttempts(attempts).build().toByteString();
  }

  private RecordBackup.Builder record() {
    return RecordBackup.newBuilder()
        .setTarget(target)
        .setRunId(id)
        .setLeaseMs(LeaseRenewal.LEASE.toMillis());
  }

  /** Writes down the moment of the set. */
  Uni<TargetRecord> recordCut(List<ShardPosition> cut, long cutMs) {
    return records.record(record().addAllCut(cut).setCutMs(cutMs).build());
  }

  /** Completes when this run has the job still. */
  Uni<Void> confirm() {
    return records.record(record().build()).replaceWithVoid();
  }

  /** Ends it: what goes on fails soon, and the job is left to whoever comes next. */
  void end(Throwable why) {
    ended = why;
  }

  /** Throws when this run has the job no more. */
  void requireHeld() throws IOException {
    Throwable why = ended;
    if (why != null) {
      throw new IOException(String.valueOf(why.getMessage()), why);
    }
  }

  Uni<Void> complete(BackupSet made) {
    return records
        .complete(
            CompleteBackup.newBuilder()
                .setTarget(target)
                .setRunId(id)
                .setSetId(made.id().text())
                .setObjectBytes(made.counts().objectBytes())
                .setAtMs(on.clock().millis())
                .build())
        .replaceWithVoid();
  }

  /** Gives the job up, unless another has it, or may do better. */
  Uni<Void> settle(Throwable failure) {
    Throwable why = ended;
    if (isFenced(failure) || (why != null && isFenced(why))) {
      return Uni.createFrom().voidItem();
    }
    if (failure instanceof TargetHangsException) {
      // No fault of the backup's, and what was asked for may be done yet: the job stays, so that
      // no prune takes what that names, until the target is back or another node gets there.
      attempts = Math.max(0, attempts - 1);
      return handOver();
    }
    boolean goesOn = why != null || (attempts < ATTEMPTS_MAX && mayPass(failure));
    return goesOn ? handOver() : abandon(failure).chain(() -> markLost(failure));
  }

  /** So that the next that is due is a full one. */
  private Uni<Void> markLost(Throwable failure) {
    return failure instanceof MissingBaseException missing
        ? records.markLost(target, missing.setId()).onFailure().recoverWithNull()
        : Uni.createFrom().voidItem();
  }

  /** What is wrong with the set or what it is made of is so the next time too, and for people. */
  private static boolean mayPass(Throwable failure) {
    if (failure instanceof StorageFailure.Refused refused) {
      return refused.code() == RefusalCode.CONFLICT; // clients disturbed the cut time and again
    }
    if (failure instanceof IOException) {
      return !(failure instanceof DamagedFileException
          || failure instanceof MissingBaseException
          || failure instanceof WrongKeyException
          || failure instanceof NewerFormatException
          || isOfTheFileSystem(failure));
    }
    return failure instanceof StorageFailure.Unavailable
        || failure instanceof StorageFailure.OutcomeUnknown
        || failure instanceof StorageFailure.NotLeader;
  }

  /** A name that a run took which woke up late is no trouble: the next run lists what there is. */
  private static boolean isOfTheFileSystem(Throwable failure) {
    return failure instanceof FileSystemException
        && !(failure instanceof FileAlreadyExistsException);
  }

  private Uni<Void> handOver() {
    return records
        .record(
            record()
                .setLeaseMs(ended == null ? Math.max(1, attempts) * RETRY_AFTER.toMillis() : 1)
                .setProgress(told())
                .build())
        .replaceWithVoid()
        .onFailure()
        .recoverWithNull();
  }

  private Uni<Void> abandon(Throwable failure) {
    String reason = String.valueOf(failure.getMessage());
    return records
        .abandon(
            AbandonBackup.newBuilder()
                .setTarget(target)
                .setRunId(id)
                .setAtMs(on.clock().millis())
                .setReason(reason.substring(0, Math.min(reason.length(), REASON_LENGTH_MAX)))
                .build())
        .onFailure()
        .recoverWithNull();
  }

  private static boolean isFenced(Throwable failure) {
    return failure instanceof StorageFailure.Refused refused
        && (refused.code() == RefusalCode.BACKUP_TAKEN_OVER
            || refused.code() == RefusalCode.NO_SUCH_TARGET);
  }
}

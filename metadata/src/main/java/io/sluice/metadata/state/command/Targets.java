package io.sluice.metadata.state.command;

import io.sluice.metadata.state.row.Family;
import io.sluice.metadata.state.row.KeyCodec;
import io.sluice.metadata.state.row.RowCursor;
import io.sluice.metadata.state.row.Rows;
import io.sluice.storage.proto.BackupFailure;
import io.sluice.storage.proto.BackupJob;
import io.sluice.storage.proto.BackupKind;
import io.sluice.storage.proto.RefusalCode;
import io.sluice.storage.proto.TargetRecord;
import java.util.Comparator;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** The rows of shard 0 that say where backups go, and how far they are. */
final class Targets {
  static final int MAX = 100;
  private static final long LEASE_MS_MAX = 600_000;

  private Targets() {}

  static @Nullable TargetRecord find(Rows rows, String name) {
    return rows.get(Family.NODES, KeyCodec.target(name), TargetRecord.parser());
  }

  static TargetRecord require(Rows rows, String name) throws RefusedException {
    TargetRecord target = find(rows, name);
    if (target == null) {
      throw new RefusedException(RefusalCode.NO_SUCH_TARGET, "There is no target " + name + ".");
    }
    return target;
  }

  /** The job of a target, refused unless it is this run's. */
  static BackupJob requireRun(TargetRecord target, String run) throws RefusedException {
    if (!target.hasJob() || !target.getJob().getRunId().equals(run)) {
      throw new RefusedException(
          RefusalCode.BACKUP_TAKEN_OVER,
          "Another run has taken over the backup to " + target.getName() + ".");
    }
    return target.getJob();
  }

  static void requireLease(long leaseMs) throws RefusedException {
    if (leaseMs < 1 || leaseMs > LEASE_MS_MAX) {
      throw ApplyContext.invalid("A lease lasts 1 ms to 10 minutes.");
    }
  }

  /**
   * When something was. A clock that was ahead for a moment leaves the shard's time ahead for good:
   * then the clock of who says so, which was set right, counts.
   *
   * @param toldMs 0: it was not told
   */
  static long atMs(long toldMs, long nowMs) {
    return toldMs == 0 ? nowMs : Math.min(toldMs, nowMs);
  }

  /** How often sets of a kind failed since one was completed that serves it. */
  static int failures(TargetRecord target, BackupKind kind) {
    return target.getFailuresList().stream()
        .filter(failure -> failure.getKind() == kind)
        .mapToInt(BackupFailure::getCount)
        .sum();
  }

  static TargetRecord.Builder failed(TargetRecord.Builder target, BackupFailure failure) {
    return keepFailures(target, before -> before.getKind() != failure.getKind())
        .addFailures(failure)
        .setLastFailure(failure);
  }

  /** What fails in one kind is not made good by a set of a kind that holds less. */
  static TargetRecord.Builder succeeded(TargetRecord.Builder target, BackupKind kind) {
    keepFailures(target, failure -> !serves(kind, failure.getKind()));
    target.clearLastFailure();
    target.getFailuresList().stream()
        .max(Comparator.comparing(BackupFailure::getSetId))
        .ifPresent(target::setLastFailure);
    return target;
  }

  private static TargetRecord.Builder keepFailures(
      TargetRecord.Builder target, Predicate<BackupFailure> which) {
    List<BackupFailure> kept = target.getFailuresList().stream().filter(which).toList();
    return target.clearFailures().addAllFailures(kept);
  }

  private static boolean serves(BackupKind made, BackupKind wanted) {
    return made == wanted
        || made == BackupKind.BACKUP_FULL
        || (made == BackupKind.BACKUP_DIFFERENTIAL && wanted == BackupKind.BACKUP_INCREMENTAL);
  }

  static RefusedException conflict(String message) {
    return new RefusedException(RefusalCode.CONFLICT, message);
  }

  static int count(Rows rows) {
    int count = 0;
    try (RowCursor cursor = rows.scanPrefix(Family.NODES, KeyCodec.TARGETS)) {
      for (; cursor.isValid(); cursor.next()) {
        count++;
      }
    }
    return count;
  }

  static void put(ApplyContext context, TargetRecord target) {
    context.rows().put(Family.NODES, KeyCodec.target(target.getName()), target);
  }
}

package io.sluice.metadata.state.command;

import io.sluice.storage.FormatRange;
import io.sluice.storage.Positions;
import io.sluice.storage.proto.BackupJob;
import io.sluice.storage.proto.BackupKind;
import io.sluice.storage.proto.BackupPoint;
import io.sluice.storage.proto.CompleteBackup;
import io.sluice.storage.proto.Outcome;
import io.sluice.storage.proto.TargetRecord;

/**
 * A set is whole, and the target stands where its cut is. Only here does a position move, only to a
 * cut that was recorded while the set was made, and never back: what lies between the last set and
 * this one would be in none.
 */
record CompleteBackupCommand(CompleteBackup command) implements ShardCommand {
  @Override
  public Outcome.Builder apply(ApplyContext context) throws RefusedException {
    context.requireActive(FormatRange.HISTORY);
    TargetRecord target = Targets.require(context.rows(), command.getTarget());
    if (target.hasLast() && target.getLast().getSetId().equals(command.getSetId())) {
      return Outcome.newBuilder().setTarget(target);
    }
    BackupJob job = Targets.requireRun(target, command.getRunId());
    if (!job.getSetId().equals(command.getSetId()) || job.getCutCount() == 0) {
      throw Targets.conflict("The backup is of another set, or of no moment yet.");
    }
    if (!Positions.holds(job.getCutList(), target.getLast().getPositionsList())) {
      throw Targets.conflict("The backup is of an earlier moment than the last one.");
    }
    // Put together from what is there, of the moment of the last set.
    boolean holdsTheLast = job.getKind() == BackupKind.BACKUP_SYNTHETIC_FULL && target.hasLast();
    BackupPoint point =
        BackupPoint.newBuilder()
            .setSetId(job.getSetId())
            .setKind(job.getKind())
            .addAllPositions(job.getCutList())
            .setCompletedMs(Targets.atMs(command.getAtMs(), context.nowMs()))
            .setCutMs(holdsTheLast ? target.getLast().getCutMs() : job.getCutMs())
            .setLost(holdsTheLast && target.getLast().getLost())
            .setRestoreBytes(restoreBytes(target, job.getKind()))
            .setBuildsOn(buildsOn(target, job.getKind()))
            .build();
    TargetRecord.Builder completed =
        Targets.succeeded(target.toBuilder().setLast(point).clearJob(), job.getKind());
    switch (job.getKind()) {
      case BACKUP_FULL, BACKUP_SYNTHETIC_FULL -> completed.setLastFull(point);
      case BACKUP_INCREMENTAL -> completed.setLastIncrementalMs(job.getCutMs());
      case BACKUP_DIFFERENTIAL -> completed.setLastDifferentialMs(job.getCutMs());
      case UNRECOGNIZED -> {} // nothing of another kind is begun
    }
    Targets.put(context, completed.build());
    return Outcome.newBuilder().setTarget(completed);
  }

  private long restoreBytes(TargetRecord target, BackupKind kind) {
    return switch (kind) {
      case BACKUP_INCREMENTAL -> target.getLast().getRestoreBytes() + command.getObjectBytes();
      case BACKUP_DIFFERENTIAL -> target.getLastFull().getRestoreBytes() + command.getObjectBytes();
      default -> command.getObjectBytes();
    };
  }

  private static int buildsOn(TargetRecord target, BackupKind kind) {
    return switch (kind) {
      case BACKUP_INCREMENTAL -> target.getLast().getBuildsOn() + 1;
      case BACKUP_DIFFERENTIAL -> target.getLastFull().getBuildsOn() + 1;
      default -> 0;
    };
  }
}

package io.sluice.metadata.state.command;

import io.sluice.storage.FormatRange;
import io.sluice.storage.proto.BackupJob;
import io.sluice.storage.proto.BackupKind;
import io.sluice.storage.proto.BackupPoint;
import io.sluice.storage.proto.BeginBackup;
import io.sluice.storage.proto.Outcome;
import io.sluice.storage.proto.RefusalCode;
import io.sluice.storage.proto.TargetRecord;

/**
 * One run at a time makes a set at a target. A lease says how long others leave it alone, who tell
 * its end by their own monotonic clocks; the time at which it ends serves to tell one renewal from
 * the next. What keeps a run from writing that was taken for dead is not the lease but its run id,
 * which every later command names.
 */
record BeginBackupCommand(BeginBackup command) implements ShardCommand {
  private static final int RUN_LENGTH_MAX = 40;
  private static final int SET_LENGTH_MAX = 64;

  @Override
  public Outcome.Builder apply(ApplyContext context) throws RefusedException {
    context.requireActive(FormatRange.HISTORY);
    requireLength(command.getRunId(), RUN_LENGTH_MAX, "run");
    Targets.requireLease(command.getLeaseMs());
    TargetRecord target = Targets.require(context.rows(), command.getTarget());
    BackupJob job =
        job(target, context.nowMs()).toBuilder()
            .setLeaseUntilMs(context.nowMs() + command.getLeaseMs())
            .setLeaseMs(command.getLeaseMs())
            .build();
    TargetRecord begun = target.toBuilder().setJob(job).build();
    Targets.put(context, begun);
    return Outcome.newBuilder().setTarget(begun);
  }

  private BackupJob job(TargetRecord target, long nowMs) throws RefusedException {
    BackupJob job = target.getJob();
    if (job.getRunId().equals(command.getRunId())) {
      return job;
    }
    if (!command.getContinues().isEmpty()) {
      BackupJob continued = Targets.requireRun(target, command.getContinues());
      requireNotRenewed(target, continued);
      return continued.toBuilder()
          .setRunId(command.getRunId())
          .setOwner(command.getOwner())
          .build();
    }
    if (target.hasJob()) {
      // Also one whose lease is over: it is gone on with, or given up, and never lost unseen.
      throw Targets.conflict("A backup to " + target.getName() + " is running already.");
    }
    return newSet(target, nowMs);
  }

  /** Whoever took the run for dead looked before it said that it lives. */
  private void requireNotRenewed(TargetRecord target, BackupJob job) throws RefusedException {
    long seen = command.getSeenLeaseUntilMs();
    if (seen != 0 && seen != job.getLeaseUntilMs()) {
      throw Targets.conflict("The backup to " + target.getName() + " goes on where it is made.");
    }
  }

  private BackupJob newSet(TargetRecord target, long nowMs) throws RefusedException {
    requireLength(command.getSetId(), SET_LENGTH_MAX, "set");
    if (command.getSetId().equals(target.getLast().getSetId())
        || command.getSetId().equals(target.getLastFull().getSetId())) {
      throw ApplyContext.invalid("A set of that id is complete already.");
    }
    requireBase(target);
    return BackupJob.newBuilder()
        .setRunId(command.getRunId())
        .setKind(command.getKind())
        .setSetId(command.getSetId())
        .setOwner(command.getOwner())
        .setStartedMs(nowMs)
        .build();
  }

  /** Whether what changed since the set that this one builds on can still be told. */
  private void requireBase(TargetRecord target) throws RefusedException {
    BackupKind kind = command.getKind();
    if (kind == BackupKind.UNRECOGNIZED) {
      throw ApplyContext.invalid("There is no such kind of backup.");
    }
    BackupPoint base =
        kind == BackupKind.BACKUP_DIFFERENTIAL ? target.getLastFull() : target.getLast();
    boolean readsChanges =
        kind == BackupKind.BACKUP_INCREMENTAL || kind == BackupKind.BACKUP_DIFFERENTIAL;
    boolean isThere = base.getPositionsCount() > 0;
    if (kind != BackupKind.BACKUP_FULL && (!isThere || (readsChanges && base.getLost()))) {
      throw new RefusedException(
          RefusalCode.BACKUP_LOST,
          isThere
              ? "Not all changes since the last backup are kept any more: make a full one."
              : "There is no backup yet that this one could build on: make a full one.");
    }
  }

  private static void requireLength(String id, int max, String what) throws RefusedException {
    if (id.isEmpty() || id.length() > max) {
      throw ApplyContext.invalid("The id of a " + what + " has 1 to " + max + " characters.");
    }
  }
}

package io.sluice.metadata.state.command;

import io.sluice.storage.FormatRange;
import io.sluice.storage.proto.BackupJob;
import io.sluice.storage.proto.Outcome;
import io.sluice.storage.proto.RecordBackup;
import io.sluice.storage.proto.TargetRecord;

/** Writes down what is complete of a set, for whoever may have to go on with it. */
record RecordBackupCommand(RecordBackup command) implements ShardCommand {
  private static final int PROGRESS_BYTES_MAX = 64 << 10;

  @Override
  public Outcome.Builder apply(ApplyContext context) throws RefusedException {
    context.requireActive(FormatRange.HISTORY);
    Targets.requireLease(command.getLeaseMs());
    if (command.getProgress().size() > PROGRESS_BYTES_MAX) {
      throw ApplyContext.invalid("What is recorded of a backup has at most 64 KiB.");
    }
    TargetRecord target = Targets.require(context.rows(), command.getTarget());
    BackupJob.Builder job =
        Targets.requireRun(target, command.getRunId()).toBuilder()
            .setLeaseUntilMs(context.nowMs() + command.getLeaseMs())
            .setLeaseMs(command.getLeaseMs());
    if (command.hasProgress()) {
      job.setProgress(command.getProgress());
    }
    if (command.getCutCount() > 0) {
      setCut(job, command, context.nowMs());
    }
    TargetRecord recorded = target.toBuilder().setJob(job).build();
    Targets.put(context, recorded);
    // Outcomes are kept for a while, and whoever records what is complete knows it.
    return Outcome.newBuilder().setTarget(recorded.toBuilder().setJob(job.clearProgress()));
  }

  /** A set is of one moment: of two cuts, what was read at the first would not be of the second. */
  private static void setCut(BackupJob.Builder job, RecordBackup command, long nowMs)
      throws RefusedException {
    if (job.getCutCount() == 0) {
      long begun = command.getCutMs() == 0 ? nowMs : Math.min(nowMs, command.getCutMs());
      job.addAllCut(command.getCutList()).setCutMs(begun);
    } else if (!job.getCutList().equals(command.getCutList())) {
      throw Targets.conflict("The backup is of another moment.");
    }
  }
}

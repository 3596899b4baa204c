package io.sluice.metadata.state.command;

import io.sluice.storage.FormatRange;
import io.sluice.storage.proto.AbandonBackup;
import io.sluice.storage.proto.BackupFailure;
import io.sluice.storage.proto.BackupJob;
import io.sluice.storage.proto.Outcome;
import io.sluice.storage.proto.TargetRecord;

/** Gives up the set that is being made; the target stands where it stood. */
record AbandonBackupCommand(AbandonBackup command) implements ShardCommand {
  private static final int REASON_LENGTH_MAX = 1_000;

  @Override
  public Outcome.Builder apply(ApplyContext context) throws RefusedException {
    context.requireActive(FormatRange.HISTORY);
    if (command.getReason().length() > REASON_LENGTH_MAX) {
      throw ApplyContext.invalid("A reason has at most 1,000 characters.");
    }
    TargetRecord target = Targets.require(context.rows(), command.getTarget());
    if (target.hasJob()) {
      BackupJob job = Targets.requireRun(target, command.getRunId());
      BackupFailure failure =
          BackupFailure.newBuilder()
              .setSetId(job.getSetId())
              .setKind(job.getKind())
              .setMessage(command.getReason())
              .setAtMs(Targets.atMs(command.getAtMs(), context.nowMs()))
              .setCount(target.getLastFailure().getCount() + 1)
              .build();
      Targets.put(context, target.toBuilder().clearJob().setLastFailure(failure).build());
    }
    return ApplyContext.done();
  }
}

package io.sluice.metadata.state.command;

import io.sluice.storage.FormatRange;
import io.sluice.storage.proto.AbandonBackup;
import io.sluice.storage.proto.Outcome;
import io.sluice.storage.proto.TargetRecord;

/** Gives up the set that is being made; the target stands where it stood. */
record AbandonBackupCommand(AbandonBackup command) implements ShardCommand {
  @Override
  public Outcome.Builder apply(ApplyContext context) throws RefusedException {
    context.requireActive(FormatRange.HISTORY);
    TargetRecord target = Targets.require(context.rows(), command.getTarget());
    if (target.hasJob()) {
      Targets.requireRun(target, command.getRunId());
      Targets.put(context, target.toBuilder().clearJob().build());
    }
    return ApplyContext.done();
  }
}

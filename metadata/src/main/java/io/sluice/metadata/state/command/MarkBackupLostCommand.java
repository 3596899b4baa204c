package io.sluice.metadata.state.command;

import io.sluice.storage.FormatRange;
import io.sluice.storage.proto.MarkBackupLost;
import io.sluice.storage.proto.Outcome;
import io.sluice.storage.proto.TargetRecord;

/** Nothing can build on a set any more; of one that was succeeded meanwhile that is no matter. */
record MarkBackupLostCommand(MarkBackupLost command) implements ShardCommand {
  @Override
  public Outcome.Builder apply(ApplyContext context) throws RefusedException {
    context.requireActive(FormatRange.HISTORY);
    TargetRecord target = Targets.require(context.rows(), command.getTarget());
    TargetRecord.Builder marked = target.toBuilder();
    if (target.hasLast() && target.getLast().getSetId().equals(command.getSetId())) {
      marked.getLastBuilder().setLost(true);
    }
    if (target.hasLastFull() && target.getLastFull().getSetId().equals(command.getSetId())) {
      marked.getLastFullBuilder().setLost(true);
    }
    Targets.put(context, marked.build());
    return ApplyContext.done();
  }
}

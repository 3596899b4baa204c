package io.sluice.metadata.state.command;

import io.sluice.storage.FormatRange;
import io.sluice.storage.proto.LastDrill;
import io.sluice.storage.proto.NoteTarget;
import io.sluice.storage.proto.Outcome;
import io.sluice.storage.proto.TargetRecord;

/** Writes down what was found out of a place: that its sets are whole, how fast a restore was. */
record NoteTargetCommand(NoteTarget command) implements ShardCommand {
  @Override
  public Outcome.Builder apply(ApplyContext context) throws RefusedException {
    context.requireActive(FormatRange.HISTORY);
    TargetRecord target = Targets.require(context.rows(), command.getTarget());
    if (target.getUrl().equals(command.getUrl())) {
      TargetRecord.Builder noted = target.toBuilder();
      if (command.hasVerified()) {
        noted.setLastVerified(command.getVerified().toBuilder().setAtMs(context.nowMs()));
      }
      if (command.hasRestored()) {
        noted.setLastRestore(command.getRestored().toBuilder().setAtMs(context.nowMs()));
      }
      if (command.hasDrilled()) {
        LastDrill drill = command.getDrilled().toBuilder().setAtMs(context.nowMs()).build();
        noted.setLastDrill(drill);
        if (drill.getProblem().isEmpty()) {
          noted.setLastGoodDrill(drill);
        }
      }
      if (command.hasAlerts()) {
        noted.setAlerts(command.getAlerts());
      }
      if (command.getPruned()) {
        noted.setPrunes(target.getPrunes() + 1);
      }
      Targets.put(context, noted.build());
    }
    return ApplyContext.done();
  }
}

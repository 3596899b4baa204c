package io.sluice.metadata.state.command;

import io.sluice.metadata.state.row.Family;
import io.sluice.metadata.state.row.KeyCodec;
import io.sluice.storage.FormatRange;
import io.sluice.storage.proto.Outcome;
import io.sluice.storage.proto.RemoveTarget;

/** Forgets a target. What lies there stays; the pins of a set that was being made are nobody's. */
record RemoveTargetCommand(RemoveTarget command) implements ShardCommand {
  @Override
  public Outcome.Builder apply(ApplyContext context) throws RefusedException {
    context.requireActive(FormatRange.HISTORY);
    Targets.require(context.rows(), command.getName());
    context.rows().delete(Family.NODES, KeyCodec.target(command.getName()));
    return ApplyContext.done();
  }
}

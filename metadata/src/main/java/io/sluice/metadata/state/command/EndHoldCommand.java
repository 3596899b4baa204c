package io.sluice.metadata.state.command;

import io.sluice.storage.FormatRange;
import io.sluice.storage.proto.EndHold;
import io.sluice.storage.proto.Outcome;

/** Whoever held a moment needs it no more. */
record EndHoldCommand(EndHold command) implements ShardCommand {
  @Override
  public Outcome.Builder apply(ApplyContext context) throws RefusedException {
    context.requireActive(FormatRange.HISTORY);
    Holds.remove(context.header(), command.getId());
    return ApplyContext.done();
  }
}

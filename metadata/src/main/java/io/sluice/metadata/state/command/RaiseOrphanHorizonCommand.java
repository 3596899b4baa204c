package io.sluice.metadata.state.command;

import io.sluice.storage.proto.Outcome;
import io.sluice.storage.proto.RaiseOrphanHorizon;

/**
 * From now on chunks from before the horizon can't be named for the first time, so that those that
 * nothing names may be deleted. Never lowered.
 */
record RaiseOrphanHorizonCommand(RaiseOrphanHorizon command) implements ShardCommand {
  @Override
  public Outcome.Builder apply(ApplyContext context) {
    context
        .header()
        .setOrphanHorizonMs(
            Math.max(context.header().getOrphanHorizonMs(), command.getHorizonMs()));
    return ApplyContext.done();
  }
}

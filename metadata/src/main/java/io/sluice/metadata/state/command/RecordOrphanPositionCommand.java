package io.sluice.metadata.state.command;

import io.sluice.storage.proto.Outcome;
import io.sluice.storage.proto.RecordOrphanPosition;

/** Remembers how far the search for orphans is, for whoever leads next. */
record RecordOrphanPositionCommand(RecordOrphanPosition command) implements ShardCommand {
  @Override
  public Outcome.Builder apply(ApplyContext context) {
    context.header().setOrphanPartition(command.getPartition());
    return ApplyContext.done();
  }
}

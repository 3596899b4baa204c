package io.sluice.metadata.state.command;

import io.sluice.metadata.state.row.Family;
import io.sluice.metadata.state.row.KeyCodec;
import io.sluice.storage.proto.LogPosition;
import io.sluice.storage.proto.Outcome;
import io.sluice.storage.proto.TrimChanges;

/** Drops the entries of the change index below an index of the current epoch. */
record TrimChangesCommand(TrimChanges command) implements ShardCommand {
  @Override
  public Outcome.Builder apply(ApplyContext context) {
    LogPosition below = context.position().toBuilder().setIndex(command.getBelowIndex()).build();
    context.rows().deleteRange(Family.CHANGES, KeyCodec.FIRST, KeyCodec.change(below, 0));
    return ApplyContext.done();
  }
}

package io.sluice.metadata.state.command;

import io.sluice.storage.FormatRange;
import io.sluice.storage.proto.Outcome;
import io.sluice.storage.proto.RemoveSnapshot;

/** The name is free again; the pins that were the snapshot's are nobody's now, and go. */
record RemoveSnapshotCommand(RemoveSnapshot command) implements ShardCommand {
  @Override
  public Outcome.Builder apply(ApplyContext context) throws RefusedException {
    context.requireActive(FormatRange.HISTORY);
    Snapshots.remove(context, Snapshots.require(context.rows(), command.getId()));
    return ApplyContext.done();
  }
}

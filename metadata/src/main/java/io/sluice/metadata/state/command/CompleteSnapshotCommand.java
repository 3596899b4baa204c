package io.sluice.metadata.state.command;

import io.sluice.storage.FormatRange;
import io.sluice.storage.proto.CompleteSnapshot;
import io.sluice.storage.proto.Outcome;
import io.sluice.storage.proto.SnapshotRow;

/** The shards are pinned: from here on the snapshot is one. The first word counts. */
record CompleteSnapshotCommand(CompleteSnapshot command) implements ShardCommand {
  @Override
  public Outcome.Builder apply(ApplyContext context) throws RefusedException {
    context.requireActive(FormatRange.HISTORY);
    if (command.getPositionsCount() == 0) {
      throw ApplyContext.invalid("A snapshot has a position in a shard.");
    }
    SnapshotRow row = Snapshots.require(context.rows(), command.getId());
    if (row.getPositionsCount() == 0) {
      row = row.toBuilder().addAllPositions(command.getPositionsList()).build();
      Snapshots.put(context, row);
    }
    return Outcome.newBuilder().setSnapshot(row);
  }
}

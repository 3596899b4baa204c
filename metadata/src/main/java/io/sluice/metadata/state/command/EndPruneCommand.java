package io.sluice.metadata.state.command;

import io.sluice.metadata.state.row.Transaction;
import io.sluice.storage.FormatRange;
import io.sluice.storage.proto.EndPrune;
import io.sluice.storage.proto.Outcome;
import io.sluice.storage.proto.PruneRow;

/** A run gives the right to prune a place back. */
record EndPruneCommand(EndPrune command) implements ShardCommand {
  @Override
  public Outcome.Builder apply(ApplyContext context) throws RefusedException {
    context.requireActive(FormatRange.HISTORY);
    Transaction rows = context.rows();
    PruneRow there = Prunes.find(rows, command.getPlace());
    if (there != null && there.getRunId().equals(command.getRunId())) {
      Prunes.remove(rows, command.getPlace());
    }
    return ApplyContext.done();
  }
}

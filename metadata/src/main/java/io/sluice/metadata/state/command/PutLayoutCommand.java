package io.sluice.metadata.state.command;

import io.sluice.metadata.state.row.Family;
import io.sluice.metadata.state.row.KeyCodec;
import io.sluice.metadata.state.row.Transaction;
import io.sluice.storage.proto.LayoutRecord;
import io.sluice.storage.proto.Outcome;
import io.sluice.storage.proto.PutLayout;
import io.sluice.storage.proto.RefusalCode;

/**
 * Replaces the layout by the one that follows it; of two that follow the same one, the first wins.
 */
record PutLayoutCommand(PutLayout command) implements ShardCommand {
  @Override
  public Outcome.Builder apply(ApplyContext context) throws RefusedException {
    Transaction rows = context.rows();
    LayoutRecord current = rows.get(Family.META, KeyCodec.LAYOUT, LayoutRecord.parser());
    long version = current == null ? 0 : current.getVersion();
    if (command.getLayout().getVersion() != version + 1) {
      throw new RefusedException(
          RefusalCode.CONFLICT, "The layout has version " + version + " by now.");
    }
    rows.put(Family.META, KeyCodec.LAYOUT, command.getLayout());
    ClusterRows.raiseRevision(rows);
    return ApplyContext.done();
  }
}

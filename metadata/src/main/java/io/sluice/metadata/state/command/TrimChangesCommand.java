package io.sluice.metadata.state.command;

import io.sluice.metadata.state.row.Family;
import io.sluice.metadata.state.row.KeyCodec;
import io.sluice.metadata.state.row.RowCursor;
import io.sluice.metadata.state.row.Rows;
import io.sluice.storage.FormatRange;
import io.sluice.storage.Positions;
import io.sluice.storage.proto.Change;
import io.sluice.storage.proto.LogPosition;
import io.sluice.storage.proto.Outcome;
import io.sluice.storage.proto.TrimChanges;

/**
 * Drops the entries of the change index below an index of the current epoch. From which time on it
 * is whole is written down: whoever looks for an earlier moment must not be given a later one.
 */
record TrimChangesCommand(TrimChanges command) implements ShardCommand {
  @Override
  public Outcome.Builder apply(ApplyContext context) {
    LogPosition below = context.position().toBuilder().setIndex(command.getBelowIndex()).build();
    byte[] end = KeyCodec.change(below, 0);
    if (context.isActive(FormatRange.HISTORY)) {
      context.header().setChangesSinceMs(wholeSinceMs(context, end));
      setSince(context, below);
    }
    context.rows().deleteRange(Family.CHANGES, KeyCodec.FIRST, end);
    return ApplyContext.done();
  }

  private static void setSince(ApplyContext context, LogPosition below) {
    // An index to come, or an older one than last time, must not make it later or earlier.
    long last = Math.min(below.getIndex(), context.position().getIndex()) - 1;
    LogPosition since = below.toBuilder().setIndex(Math.max(0, last)).build();
    if (Positions.isAfter(since, context.header().getChangesSince())) {
      context.header().setChangesSince(since);
    }
  }

  /** The time of the oldest entry that stays: a little later than that of the newest that goes. */
  private static long wholeSinceMs(ApplyContext context, byte[] end) {
    try (RowCursor kept = context.rows().scan(Family.CHANGES, end, null)) {
      return kept.isValid()
          ? Rows.parse(Change.parser(), kept.value()).getTimeMs()
          : context.nowMs();
    }
  }
}

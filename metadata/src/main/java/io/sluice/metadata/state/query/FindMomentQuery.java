package io.sluice.metadata.state.query;

import io.sluice.metadata.state.row.Family;
import io.sluice.metadata.state.row.KeyCodec;
import io.sluice.metadata.state.row.Past;
import io.sluice.metadata.state.row.RowCursor;
import io.sluice.metadata.state.row.Rows;
import io.sluice.storage.Positions;
import io.sluice.storage.proto.Answer;
import io.sluice.storage.proto.Change;
import io.sluice.storage.proto.FindMoment;
import io.sluice.storage.proto.LogPosition;
import io.sluice.storage.proto.Moment;
import io.sluice.storage.proto.RefusalCode;
import io.sluice.storage.proto.ShardHeader;

/**
 * The position of the last change at or before a time: shard time never goes back, so the change
 * index is in the order of time too, and is searched by halves of its positions. Of a time that has
 * not come it is the last change there is: a shard's time stands still while nothing is written.
 */
record FindMomentQuery(FindMoment query) implements ShardQuery {
  @Override
  public Answer answer(Rows rows) {
    ShardHeader header = rows.get(Family.META, KeyCodec.HEADER, ShardHeader.parser());
    if (header == null || !Past.isKept(header)) {
      return ShardQuery.refused(RefusalCode.OUTSIDE_HISTORY, Past.NO_HISTORY);
    }
    if (query.getTimeMs() < Math.max(header.getHistorySinceMs(), header.getChangesSinceMs())) {
      return ShardQuery.refused(RefusalCode.OUTSIDE_HISTORY, Past.notKept(header));
    }
    LogPosition found = search(rows, header);
    // Later than the last change, when the history began with an entry that is none.
    LogPosition since = header.getHistorySince();
    LogPosition position = Positions.isAfter(since, found) ? since : found;
    return Answer.newBuilder().setMoment(Moment.newBuilder().setPosition(position)).build();
  }

  private LogPosition search(Rows rows, ShardHeader header) {
    try (RowCursor cursor = rows.scan(Family.CHANGES, KeyCodec.FIRST, null)) {
      if (!cursor.isValid()) {
        return header.getHistorySince();
      }
      Change oldest = change(cursor);
      if (oldest.getTimeMs() > query.getTimeMs()) {
        // None was trimmed that is not older than the time, so nothing changed before this one.
        return before(oldest.getVersion());
      }
      return searchFrom(cursor, oldest.getVersion(), header.getApplied());
    }
  }

  /** The last of those not later than the time, which {@code low} is one of. */
  private LogPosition searchFrom(RowCursor cursor, LogPosition low, LogPosition applied) {
    LogPosition found = low;
    long from = low.getIndex();
    long to = applied.getIndex() + 1;
    while (to - from > 1) {
      long middle = from + (to - from) / 2;
      cursor.seek(KeyCodec.change(applied.toBuilder().setIndex(middle).build(), 0));
      if (cursor.isValid() && change(cursor).getTimeMs() <= query.getTimeMs()) {
        found = change(cursor).getVersion();
        from = Math.max(middle, found.getIndex());
      } else {
        to = middle;
      }
    }
    return found;
  }

  private static LogPosition before(LogPosition position) {
    return position.toBuilder().setIndex(position.getIndex() - 1).build();
  }

  private static Change change(RowCursor cursor) {
    return Rows.parse(Change.parser(), cursor.value());
  }
}

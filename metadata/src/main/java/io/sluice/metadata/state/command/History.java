package io.sluice.metadata.state.command;

import com.google.protobuf.ByteString;
import io.sluice.metadata.state.row.Family;
import io.sluice.metadata.state.row.KeyCodec;
import io.sluice.metadata.state.row.Positions;
import io.sluice.storage.proto.HistoryEntry;
import io.sluice.storage.proto.HistoryRow;
import io.sluice.storage.proto.LogPosition;
import io.sluice.storage.proto.ObjectVersion;
import io.sluice.storage.proto.ShardHeader;

/**
 * Rows of objects that were replaced or deleted. While one is in the history it refers to its
 * content as a current one does, so nothing of what it needs is collected (INVARIANTS 10).
 */
final class History {
  private final ApplyContext context;

  History(ApplyContext context) {
    this.context = context;
  }

  /**
   * A version is current no longer: it goes to the history, or, where that is not kept, for good.
   */
  void end(long bucketId, ByteString key, ObjectVersion version) {
    if (!isKept(version)) {
      new Contents(context).release(version);
      context.header().setHistorySince(context.position());
      return;
    }
    LogPosition ended = context.position();
    HistoryRow row = HistoryRow.newBuilder().setObject(version).setEndedMs(context.nowMs()).build();
    HistoryEntry entry =
        HistoryEntry.newBuilder()
            .setBucketId(bucketId)
            .setKey(key)
            .setBegan(version.getVersion())
            .setEndedMs(context.nowMs())
            .setSize(version.getSize())
            .build();
    context.rows().put(Family.HISTORY, KeyCodec.history(bucketId, key, ended), row);
    context.rows().put(Family.HISTORY_QUEUE, KeyCodec.queued(ended, context.nextEnded()), entry);
    context.header().setHistory(context.header().getHistory() + 1);
  }

  private boolean isKept(ObjectVersion version) {
    ShardHeader.Builder header = context.header();
    return header.getHistoryWindowMs() > 0
        || (header.getPins() > 0
            && !Positions.isAfter(version.getVersion(), header.getNewestPin()));
  }

  /** A row of the history goes for good. */
  void release(HistoryEntry entry, LogPosition ended) {
    byte[] key = KeyCodec.history(entry.getBucketId(), entry.getKey(), ended);
    HistoryRow row = context.rows().get(Family.HISTORY, key, HistoryRow.parser());
    if (row == null) {
      throw new IllegalStateException("an entry of the history without its row, ended " + ended);
    }
    new Contents(context).release(row.getObject());
    context.rows().delete(Family.HISTORY, key);
    ShardHeader.Builder header = context.header();
    header.setHistory(header.getHistory() - 1);
    if (Positions.isAfter(ended, header.getHistorySince())) {
      header.setHistorySince(ended);
    }
  }
}

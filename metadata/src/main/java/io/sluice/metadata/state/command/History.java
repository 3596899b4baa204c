package io.sluice.metadata.state.command;

import com.google.protobuf.ByteString;
import io.sluice.metadata.state.row.Family;
import io.sluice.metadata.state.row.KeyCodec;
import io.sluice.storage.FormatRange;
import io.sluice.storage.Positions;
import io.sluice.storage.proto.Bucket;
import io.sluice.storage.proto.HistoryEntry;
import io.sluice.storage.proto.HistoryRow;
import io.sluice.storage.proto.LogPosition;
import io.sluice.storage.proto.ObjectVersion;
import io.sluice.storage.proto.RowKind;
import io.sluice.storage.proto.ShardHeader;
import org.jspecify.annotations.Nullable;

/**
 * Rows that were replaced or deleted. While an object's is in the history it refers to its content
 * as a current one does, so nothing of what it needs is collected (INVARIANTS 10).
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
    if (isKept(version.getVersion())) {
      keep(
          HistoryRow.newBuilder().setObject(version),
          HistoryEntry.newBuilder()
              .setBucketId(bucketId)
              .setKey(key)
              .setBegan(version.getVersion())
              .setSize(version.getSize()));
    } else {
      new Contents(context).release(version);
      forgetUntilNow();
    }
  }

  /** The row of a bucket is current no longer. */
  void end(Bucket bucket) {
    if (isKept(bucket.getChanged())) {
      keep(
          HistoryRow.newBuilder().setBucket(bucket),
          HistoryEntry.newBuilder()
              .setBucketId(KeyCodec.NO_BUCKET)
              .setKey(ByteString.copyFromUtf8(bucket.getName()))
              .setBegan(bucket.getChanged()));
    } else {
      forgetUntilNow();
    }
  }

  /**
   * A row is current no longer that does not say since when it was so. It is taken to have been so
   * for ever: then it is held by the newest pin before now, and by each older one after that, of
   * which the first that needs it may be any. Such rows are few and small.
   *
   * @param before null: there was none
   */
  void end(RowKind kind, ByteString name, @Nullable ByteString before) {
    LogPosition began = LogPosition.getDefaultInstance();
    if (isKept(began)) {
      keep(
          before == null
              ? HistoryRow.newBuilder().setWasAbsent(true)
              : HistoryRow.newBuilder().setValue(before),
          HistoryEntry.newBuilder()
              .setBucketId(KeyCodec.pastId(kind))
              .setKey(name)
              .setBegan(began));
    } else {
      forgetUntilNow();
    }
  }

  private void keep(HistoryRow.Builder row, HistoryEntry.Builder entry) {
    LogPosition ended = context.position();
    context
        .rows()
        .put(
            Family.HISTORY,
            KeyCodec.history(entry.getBucketId(), entry.getKey(), ended),
            row.setEndedMs(context.nowMs()).build());
    context
        .rows()
        .put(
            Family.HISTORY_QUEUE,
            KeyCodec.queued(ended, context.nextEnded()),
            entry.setEndedMs(context.nowMs()).build());
    context.header().setHistory(context.header().getHistory() + 1);
  }

  private void forgetUntilNow() {
    if (context.isActive(FormatRange.HISTORY)) {
      context.header().setHistorySince(context.position()).setHistorySinceMs(context.nowMs());
    }
  }

  private boolean isKept(LogPosition began) {
    ShardHeader.Builder header = context.header();
    return header.getHistoryWindowMs() > 0
        || (header.getPins() > 0 && !Positions.isAfter(began, header.getNewestPin()))
        || Holds.needWhatBegan(began, header);
  }

  /** A row of the history goes for good. */
  void release(HistoryEntry entry, LogPosition ended) {
    byte[] key = KeyCodec.history(entry.getBucketId(), entry.getKey(), ended);
    HistoryRow row = context.rows().get(Family.HISTORY, key, HistoryRow.parser());
    if (row == null) {
      throw new IllegalStateException("an entry of the history without its row, ended " + ended);
    }
    if (row.hasObject()) {
      new Contents(context).release(row.getObject());
    }
    context.rows().delete(Family.HISTORY, key);
    ShardHeader.Builder header = context.header();
    header.setHistory(header.getHistory() - 1);
    if (Positions.isAfter(ended, header.getHistorySince())) {
      header.setHistorySince(ended).setHistorySinceMs(row.getEndedMs());
    }
  }
}

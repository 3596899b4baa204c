package io.sluice.metadata.state.command;

import com.google.protobuf.ByteString;
import io.sluice.metadata.state.row.Family;
import io.sluice.metadata.state.row.KeyCodec;
import io.sluice.metadata.state.row.Transaction;
import io.sluice.storage.FormatRange;
import io.sluice.storage.proto.Change;
import io.sluice.storage.proto.Done;
import io.sluice.storage.proto.LogPosition;
import io.sluice.storage.proto.Outcome;
import io.sluice.storage.proto.RefusalCode;
import io.sluice.storage.proto.RowKind;
import io.sluice.storage.proto.ShardHeader;

/**
 * What a command is applied to, and at which position and shard time. One command's, one thread.
 */
public final class ApplyContext {
  private final Transaction rows;
  private final LogPosition position;
  private final long nowMs;
  private final ShardHeader.Builder header;
  private int changes;
  private int ended;

  public ApplyContext(
      Transaction rows, LogPosition position, long nowMs, ShardHeader.Builder header) {
    this.rows = rows;
    this.position = position;
    this.nowMs = nowMs;
    this.header = header;
  }

  Transaction rows() {
    return rows;
  }

  /** Where the command is in the log: what it creates is named after it. */
  LogPosition position() {
    return position;
  }

  /** Shard time, milliseconds since 1970. */
  long nowMs() {
    return nowMs;
  }

  ShardHeader.Builder header() {
    return header;
  }

  /** Whether the active format is this one or a newer. */
  boolean isActive(int format) {
    return FormatRange.named(header.getFormat()) >= format;
  }

  /** Refuses a command that some registered node does not know. */
  void requireActive(int format) throws RefusedException {
    if (!isActive(format)) {
      throw new RefusedException(
          RefusalCode.FORMAT_NOT_ACTIVE,
          "Not before every node of the cluster runs a version that knows it: see the formats in"
              + " \"sluice cluster status\".");
    }
  }

  static Outcome.Builder done() {
    return Outcome.newBuilder().setDone(Done.getDefaultInstance());
  }

  /**
   * Refuses a bucket that is gone: a write that was under way when it was deleted must not land in
   * it, nor in another of the same name, which has another id.
   */
  void requireWritable(long bucketId) throws RefusedException {
    if (rows.get(Family.META, KeyCodec.sealedBucket(bucketId)) != null) {
      throw new RefusedException(RefusalCode.NO_SUCH_BUCKET, "The specified bucket does not exist");
    }
  }

  /** Refuses a key that would not keep its place among the others. */
  static void requireValidKey(ByteString key) throws RefusedException {
    if (key.isEmpty() || key.size() > KeyCodec.OBJECT_KEY_LENGTH_MAX) {
      throw invalid("A key has 1 to 1024 bytes.");
    }
    for (int i = 0; i < key.size(); i++) {
      if (key.byteAt(i) == 0) {
        throw invalid("A key holds no NUL.");
      }
    }
  }

  static RefusedException invalid(String message) {
    return new RefusedException(RefusalCode.INVALID_ARGUMENT, message);
  }

  /** Numbers the rows that the command moves to the history. */
  int nextEnded() {
    return ended++;
  }

  /** Adds an entry about an object to the change index. */
  void recordChange(Change.Kind kind, long bucketId, ByteString key) {
    recordChange(Change.newBuilder().setKind(kind).setBucketId(bucketId).setKey(key));
  }

  /** Adds an entry about something of shard 0 to the change index. */
  void recordChange(Change.Kind kind, RowKind row, ByteString name) {
    recordChange(Change.newBuilder().setKind(kind).setRow(row).setKey(name));
  }

  private void recordChange(Change.Builder named) {
    Change change = named.setVersion(position).setTimeMs(nowMs).build();
    rows.put(Family.CHANGES, KeyCodec.change(position, changes++), change);
    header.setNewestChange(position.getIndex());
  }
}

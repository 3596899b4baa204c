package io.sluice.metadata.state.query;

import com.google.protobuf.ByteString;
import io.sluice.metadata.state.row.Family;
import io.sluice.metadata.state.row.KeyCodec;
import io.sluice.metadata.state.row.Positions;
import io.sluice.metadata.state.row.RowCursor;
import io.sluice.metadata.state.row.Rows;
import io.sluice.storage.proto.Answer;
import io.sluice.storage.proto.HistoryRow;
import io.sluice.storage.proto.LogPosition;
import io.sluice.storage.proto.ObjectVersion;
import io.sluice.storage.proto.PinRow;
import io.sluice.storage.proto.RefusalCode;
import io.sluice.storage.proto.ShardHeader;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The objects of a shard as they were at a position: the current row of a key, if that is not
 * younger; else the row of its history that ended soonest after, if that one is not younger.
 */
final class Past {
  private final Rows rows;
  private final LogPosition at;

  private Past(Rows rows, LogPosition at) {
    this.rows = rows;
    this.at = at;
  }

  static Past of(Rows rows, LogPosition at) {
    return new Past(rows, at);
  }

  /** Null when what was then is kept: nothing that ended later is gone, or a pin held it. */
  @Nullable Answer refusal() {
    ShardHeader header = rows.get(Family.META, KeyCodec.HEADER, ShardHeader.parser());
    if (header == null || Positions.isAfter(at, header.getApplied())) {
      return outside("That moment has not come yet.");
    }
    if (!Positions.isAfter(header.getHistorySince(), at)) {
      return null;
    }
    PinRow pin = rows.get(Family.PINS, KeyCodec.position(at), PinRow.parser());
    return pin == null || pin.getRemoved() ? outside("What was then is not kept any more.") : null;
  }

  static Answer outside(String message) {
    return ShardQuery.refused(RefusalCode.OUTSIDE_HISTORY, message);
  }

  /** An object as it was; or null. */
  @Nullable ObjectVersion find(long bucketId, ByteString key) {
    ObjectVersion current =
        rows.get(Family.OBJECTS, KeyCodec.object(bucketId, key), ObjectVersion.parser());
    if (current != null && isNotYounger(current)) {
      return current;
    }
    byte[] first = afterNul(KeyCodec.object(bucketId, key));
    try (RowCursor history = rows.scanPrefix(Family.HISTORY, first)) {
      seekEndedAfter(history, first);
      return history.isValid() ? ifNotYounger(history) : null;
    }
  }

  /** Rows of objects as they were, by key, whose keys begin with {@code prefix}. */
  RowCursor scan(byte[] prefix) {
    return new Merged(
        rows.scanPrefix(Family.OBJECTS, prefix), rows.scanPrefix(Family.HISTORY, prefix));
  }

  private boolean isNotYounger(ObjectVersion object) {
    return !Positions.isAfter(object.getVersion(), at);
  }

  private @Nullable ObjectVersion ifNotYounger(RowCursor history) {
    ObjectVersion object = Rows.parse(HistoryRow.parser(), history.value()).getObject();
    return isNotYounger(object) ? object : null;
  }

  /** To the first row of one key, whose rows begin with {@code first}, that ended after. */
  private void seekEndedAfter(RowCursor history, byte[] first) {
    byte[] position = KeyCodec.position(at.toBuilder().setIndex(at.getIndex() + 1).build());
    byte[] row = Arrays.copyOf(first, first.length + position.length);
    System.arraycopy(position, 0, row, first.length, position.length);
    history.seek(row);
  }

  private static byte[] afterNul(byte[] objectRow) {
    return Arrays.copyOf(objectRow, objectRow.length + 1);
  }

  /** Goes through current rows and history side by side. */
  private final class Merged implements RowCursor {
    private final RowCursor current;
    private final RowCursor history;
    private byte @Nullable [] key;
    private byte @Nullable [] value;

    Merged(RowCursor current, RowCursor history) {
      this.current = current;
      this.history = history;
      findRow();
    }

    /** To the next key that had an object then. */
    private void findRow() {
      key = null;
      value = null;
      while (value == null && (current.isValid() || history.isValid())) {
        byte[] now = current.isValid() ? current.key() : null;
        byte[] was = history.isValid() ? objectRow(history.key()) : null;
        int order = was == null ? -1 : now == null ? 1 : Arrays.compareUnsigned(now, was);
        key = order <= 0 ? now : was;
        if (order <= 0) {
          takeCurrent();
        }
        if (order >= 0) {
          takeHistory();
        }
      }
    }

    private void takeCurrent() {
      byte[] row = current.value();
      if (isNotYounger(Rows.parse(ObjectVersion.parser(), row))) {
        value = row;
      }
      current.next();
    }

    private void takeHistory() {
      byte[] first = afterNul(java.util.Objects.requireNonNull(key));
      if (value == null) {
        seekEndedAfter(history, first);
        if (history.isValid() && KeyCodec.startsWith(history.key(), first)) {
          ObjectVersion object = ifNotYounger(history);
          value = object == null ? null : object.toByteArray();
        }
      }
      // Past all rows of the key: a key holds no NUL.
      first[first.length - 1] = 1;
      if (history.isValid() && Arrays.compareUnsigned(history.key(), first) < 0) {
        history.seek(first);
      }
    }

    private static byte[] objectRow(byte[] historyRow) {
      return Arrays.copyOf(historyRow, historyRow.length - KeyCodec.POSITION_LENGTH - 1);
    }

    @Override
    public boolean isValid() {
      return value != null;
    }

    @Override
    public void next() {
      findRow();
    }

    @Override
    public void seek(byte[] to) {
      current.seek(to);
      history.seek(to);
      findRow();
    }

    @Override
    public byte[] key() {
      return java.util.Objects.requireNonNull(key);
    }

    @Override
    public byte[] value() {
      return java.util.Objects.requireNonNull(value);
    }

    @Override
    public void close() {
      history.close();
      current.close();
    }
  }
}

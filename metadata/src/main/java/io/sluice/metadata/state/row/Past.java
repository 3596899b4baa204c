package io.sluice.metadata.state.row;

import com.google.protobuf.ByteString;
import io.sluice.storage.FormatRange;
import io.sluice.storage.Positions;
import io.sluice.storage.proto.Bucket;
import io.sluice.storage.proto.HistoryRow;
import io.sluice.storage.proto.LogPosition;
import io.sluice.storage.proto.ObjectVersion;
import io.sluice.storage.proto.PinRow;
import io.sluice.storage.proto.RowKind;
import io.sluice.storage.proto.ShardHeader;
import java.time.Instant;
import java.util.Arrays;
import java.util.Objects;
import java.util.SortedSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The objects and buckets of a shard as they were at a position: the current row, if that is not
 * younger; else the row of its history that ended soonest after, if that one is not younger. Used
 * by one thread.
 */
public final class Past {
  public static final String NO_HISTORY =
      "Not every node of the cluster runs a version that keeps a history.";

  private final Rows rows;
  private final LogPosition at;

  private Past(Rows rows, LogPosition at) {
    this.rows = rows;
    this.at = at;
  }

  /** Its methods tell the truth only when {@link #whyNotKept} gives no reason. */
  public static Past of(Rows rows, LogPosition at) {
    return new Past(rows, at);
  }

  /** Whether the active format has a history. */
  public static boolean isKept(ShardHeader header) {
    return FormatRange.named(header.getFormat()) >= FormatRange.HISTORY;
  }

  /** Null when what was then is kept: nothing that ended later is gone, or a pin kept it. */
  public @Nullable String whyNotKept() {
    ShardHeader header = rows.get(Family.META, KeyCodec.HEADER, ShardHeader.parser());
    if (header == null || Positions.isAfter(at, header.getApplied())) {
      return "That moment has not come yet.";
    }
    if (!isKept(header)) {
      return NO_HISTORY;
    }
    if (!Positions.isAfter(header.getHistorySince(), at)) {
      return null;
    }
    if (header.getHoldsList().stream().anyMatch(hold -> hold.getAt().equals(at))) {
      return null;
    }
    PinRow pin = rows.get(Family.PINS, KeyCodec.position(at), PinRow.parser());
    return pin == null || pin.getRemoved() ? notKept(header) : null;
  }

  /** What to say of a moment before the oldest that is kept. */
  public static String notKept(ShardHeader header) {
    return "What was then is not kept any more; the earliest moment is "
        + Instant.ofEpochMilli(Math.max(header.getHistorySinceMs(), header.getChangesSinceMs()))
        + '.';
  }

  /** An object as it was; or null. */
  public @Nullable ObjectVersion find(long bucketId, ByteString key) {
    ObjectVersion current =
        rows.get(Family.OBJECTS, KeyCodec.object(bucketId, key), ObjectVersion.parser());
    if (current != null && isNotYounger(current)) {
      return current;
    }
    HistoryRow row = endedSoonest(bucketId, key);
    return row != null && row.hasObject() && isNotYounger(row.getObject()) ? row.getObject() : null;
  }

  /** A bucket as it was; or null. */
  public @Nullable Bucket bucket(String name) {
    Bucket current = rows.get(Family.BUCKETS, KeyCodec.bucketByName(name), Bucket.parser());
    if (current != null && !Positions.isAfter(current.getChanged(), at)) {
      return current;
    }
    HistoryRow row = endedSoonest(KeyCodec.NO_BUCKET, ByteString.copyFromUtf8(name));
    return row != null && !Positions.isAfter(row.getBucket().getChanged(), at)
        ? row.getBucket()
        : null;
  }

  /**
   * A row of {@link InBackup#BY_UNDO} as it was; or null. Such a row does not say since when it is,
   * so it is looked for the other way round: what it was until its first change after.
   */
  public byte @Nullable [] undone(RowKind kind, ByteString name) {
    HistoryRow row = endedSoonest(KeyCodec.pastId(kind), name);
    if (row == null) {
      return rows.get(Family.of(kind), KeyCodec.named(kind, name));
    }
    return row.getWasAbsent() ? null : row.getValue().toByteArray();
  }

  /**
   * Names of buckets that there are, or were once, in their order, which is that of their ASCII
   * bytes; not all of them were there then. They are as many as buckets, and are held in memory.
   *
   * @param after only names behind this one
   */
  public SortedSet<String> bucketNames(String prefix, String after) {
    SortedSet<String> names = new TreeSet<>();
    try (RowCursor current = rows.scanPrefix(Family.BUCKETS, KeyCodec.bucketByName(prefix))) {
      for (; current.isValid(); current.next()) {
        names.add(KeyCodec.nameIn(current.key()));
      }
    }
    byte[] ended = KeyCodec.object(KeyCodec.NO_BUCKET, ByteString.copyFromUtf8(prefix));
    try (RowCursor history = rows.scanPrefix(Family.HISTORY, ended)) {
      for (; history.isValid(); history.next()) {
        names.add(KeyCodec.objectKeyIn(history.key()).toStringUtf8());
      }
    }
    return after.isEmpty() ? names : names.tailSet(after + '\0');
  }

  private @Nullable HistoryRow endedSoonest(long bucketId, ByteString key) {
    byte[] first = afterNul(KeyCodec.object(bucketId, key));
    try (RowCursor history = rows.scanPrefix(Family.HISTORY, first)) {
      seekEndedAfter(history, first);
      return history.isValid() ? Rows.parse(HistoryRow.parser(), history.value()) : null;
    }
  }

  /**
   * Rows of objects as they were, by key, whose keys begin with {@code prefix}.
   *
   * @param rowsMax how many rows it goes through, those too that are of another time; at least 1
   */
  public RowCursor scan(byte[] prefix, int rowsMax) {
    return new Merged(
        rows.scanPrefix(Family.OBJECTS, prefix), rows.scanPrefix(Family.HISTORY, prefix), rowsMax);
  }

  private boolean isNotYounger(ObjectVersion object) {
    return !Positions.isAfter(object.getVersion(), at);
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
    private int left;
    private byte[] from = KeyCodec.FIRST;
    private boolean isFresh = true;
    private byte @Nullable [] key;
    private byte @Nullable [] value;

    Merged(RowCursor current, RowCursor history, int rowsMax) {
      this.current = current;
      this.history = history;
      this.left = rowsMax;
    }

    /** Finds the first row only when somebody asks: after the seek that most scans begin with. */
    private void settle() {
      if (isFresh) {
        isFresh = false;
        findRow();
        while (value != null && Arrays.compareUnsigned(key(), from) < 0) {
          findRow(); // rows of the history lie behind the key they are of
        }
      }
    }

    @Override
    public byte @Nullable [] stoppedAt() {
      settle();
      return value == null && left == 0 && (current.isValid() || history.isValid()) ? key : null;
    }

    /** To the next key that had an object then. */
    private void findRow() {
      value = null;
      while (value == null && left > 0 && (current.isValid() || history.isValid())) {
        left--;
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
      byte[] first = afterNul(Objects.requireNonNull(key));
      if (value == null) {
        seekEndedAfter(history, first);
        if (history.isValid() && KeyCodec.startsWith(history.key(), first)) {
          HistoryRow row = Rows.parse(HistoryRow.parser(), history.value());
          value =
              row.hasObject() && isNotYounger(row.getObject())
                  ? row.getObject().toByteArray()
                  : null;
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
      settle();
      return value != null;
    }

    @Override
    public void next() {
      settle();
      findRow();
    }

    @Override
    public void seek(byte[] to) {
      current.seek(to);
      history.seek(to);
      from = to;
      isFresh = true;
    }

    @Override
    public byte[] key() {
      settle();
      return Objects.requireNonNull(key);
    }

    @Override
    public byte[] value() {
      settle();
      return Objects.requireNonNull(value);
    }

    @Override
    public void close() {
      history.close();
      current.close();
    }
  }
}

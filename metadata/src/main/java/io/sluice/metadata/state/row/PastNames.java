package io.sluice.metadata.state.row;

import com.google.protobuf.ByteString;
import io.sluice.storage.proto.RowKind;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Goes through the names of all things of a kind of shard 0 that there are, or were once and are in
 * the history, in the order of their bytes. Used by one thread.
 */
public final class PastNames implements AutoCloseable {
  private final RowKind kind;
  private final RowCursor current;
  private final RowCursor history;

  /**
   * Begins behind a name; methods throw as {@link Rows} says.
   *
   * @param startAfter empty: at the first
   */
  public PastNames(Rows rows, RowKind kind, ByteString startAfter) {
    this.kind = kind;
    this.current = rows.scanPrefix(Family.of(kind), KeyCodec.named(kind, ByteString.EMPTY));
    this.history = rows.scanPrefix(Family.HISTORY, KeyCodec.bucket(KeyCodec.pastId(kind)));
    if (!startAfter.isEmpty()) {
      byte[] row = KeyCodec.named(kind, startAfter);
      current.seek(Arrays.copyOf(row, row.length + 1));
      seekBehind(startAfter);
    }
  }

  /** The next name; null when there is none. */
  public @Nullable ByteString next() {
    ByteString now = current.isValid() ? name(current.key()) : null;
    ByteString was = history.isValid() ? KeyCodec.objectKeyIn(history.key()) : null;
    if (now == null && was == null) {
      return null;
    }
    int order =
        was == null
            ? -1
            : now == null ? 1 : ByteString.unsignedLexicographicalComparator().compare(now, was);
    if (order <= 0) {
      current.next();
    }
    if (was != null && order >= 0) {
      seekBehind(was);
    }
    return order <= 0 ? now : was;
  }

  private static ByteString name(byte[] key) {
    return ByteString.copyFrom(key, 1, key.length - 1);
  }

  /** Past all rows of a name in the history: a name holds no NUL. */
  private void seekBehind(ByteString name) {
    byte[] row = KeyCodec.object(KeyCodec.pastId(kind), name);
    byte[] behind = Arrays.copyOf(row, row.length + 1);
    behind[row.length] = 1;
    history.seek(behind);
  }

  @Override
  public void close() {
    history.close();
    current.close();
  }
}

package io.sluice.metadata.state.row;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Parser;
import java.io.UncheckedIOException;
import org.jspecify.annotations.Nullable;

/**
 * What commands and queries read. Used by one thread.
 *
 * <p>Every method throws {@link UncheckedIOException} when the store can't be read, and {@link
 * NotInMemoryException} when that would need I/O and the reader wants none.
 */
public interface Rows {
  /** A row's value, or null. The caller may keep it. */
  byte @Nullable [] get(Family family, byte[] key);

  /** A row as a message, or null. */
  default <T> @Nullable T get(Family family, byte[] key, Parser<T> parser) {
    byte[] value = get(family, key);
    return value == null ? null : parse(parser, value);
  }

  /**
   * Rows in the order of their keys.
   *
   * @param from the first key that may be given
   * @param to the first key that may not; null: to the end
   * @return a cursor at the first row; must be closed
   */
  RowCursor scan(Family family, byte[] from, byte @Nullable [] to);

  /** Rows whose keys begin with {@code prefix}. */
  default RowCursor scanPrefix(Family family, byte[] prefix) {
    return scan(family, prefix, KeyCodec.after(prefix));
  }

  /**
   * Reads a message.
   *
   * @throws UncheckedIOException when it is damaged
   */
  static <T> T parse(Parser<T> parser, byte[] value) {
    try {
      return parser.parseFrom(value);
    } catch (InvalidProtocolBufferException e) {
      throw new UncheckedIOException("a row is damaged", e);
    }
  }
}

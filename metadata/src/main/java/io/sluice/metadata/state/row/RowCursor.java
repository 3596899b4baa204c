package io.sluice.metadata.state.row;

import org.jspecify.annotations.Nullable;

/**
 * Goes through rows of one family in the order of their keys. Used by one thread; closed before
 * what it came from. Methods throw as {@link Rows} says.
 */
public interface RowCursor extends AutoCloseable {
  /** Whether it is at a row, and not past the last. */
  boolean isValid();

  /** Goes to the next row. Only when valid. */
  void next();

  /** Goes to the first row at or after {@code key}. Never back before where the scan began. */
  void seek(byte[] key);

  /** The key of the row. Only when valid; the caller may keep it. */
  byte[] key();

  /** The value of the row. Only when valid; the caller may keep it. */
  byte[] value();

  /**
   * The key up to which it has come, when it is at no row because it went through as many rows as
   * it may: up to there it has given all that there are. Null when it is at a row, or at the end.
   */
  default byte @Nullable [] stoppedAt() {
    return null;
  }

  @Override
  void close();
}

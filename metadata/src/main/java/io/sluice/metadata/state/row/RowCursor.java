package io.sluice.metadata.state.row;

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

  @Override
  void close();
}

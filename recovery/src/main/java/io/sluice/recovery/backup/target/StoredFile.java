package io.sluice.recovery.backup.target;

import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;

/** A file open for reading. Blocks; for one thread at a time. */
public interface StoredFile extends Closeable {
  /** Stored bytes. */
  long size();

  /**
   * Fills a buffer's remaining bytes from the file's bytes at {@code offset}.
   *
   * @throws EOFException when the file has fewer
   */
  void read(long offset, ByteBuffer into) throws IOException;
}

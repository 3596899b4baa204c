package io.sluice.recovery.backup.target;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.FileAlreadyExistsException;

/** A file being written, from its first byte to its last. Blocks; for one thread at a time. */
public interface NewFile extends Closeable {
  /** Adds the remaining bytes, which may be used again when this returns. */
  void write(ByteBuffer bytes) throws IOException;

  /**
   * Makes the file visible under its name. When this returns it is there, whole and durable; when
   * it throws that is unknown, and the same file may be written again.
   *
   * @throws FileAlreadyExistsException when one is there with other bytes; it stays as it is. With
   *     the same bytes, this succeeds
   */
  void commit() throws IOException;

  /** Ends the writing. Without a commit before, nothing is left of it. */
  @Override
  void close() throws IOException;
}

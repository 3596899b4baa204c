package io.sluice.storage.verticle;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * One open file of a disk: the seam at which tests break it. Reads may be called on any thread,
 * writes and {@link #force} on one thread at a time. Every method may block.
 */
public interface SegmentFile extends Closeable {
  /** Writes all of {@code parts}, one after another, from {@code position} on. */
  void write(ByteBuffer[] parts, long position) throws IOException;

  /**
   * Reads until {@code target} is full or the file ends.
   *
   * @return how many bytes were read, 0 at the end of the file
   */
  int read(ByteBuffer target, long position) throws IOException;

  /** Has everything written made durable, with the length of the file. */
  void force() throws IOException;

  /** Bytes of the file. */
  long size() throws IOException;

  /** Gives up what only writes need: nothing is written any more, and reads go on. */
  default void endWrites() throws IOException {}

  /** Cuts the file. */
  void truncate(long size) throws IOException;
}

package io.sluice.s3.checksum;

import java.nio.ByteBuffer;

/**
 * A checksum under way. For one thread at a time; may move between threads if each hand-over
 * happens before the next use.
 */
public interface StreamingChecksum {
  ChecksumAlgorithm algorithm();

  void update(byte[] data, int offset, int length);

  /** Takes all that remains of the buffer, and moves its position to its limit. */
  void update(ByteBuffer data);

  /** The checksum of all that was taken. It ends this checksum: no update may follow. */
  ChecksumValue value();
}

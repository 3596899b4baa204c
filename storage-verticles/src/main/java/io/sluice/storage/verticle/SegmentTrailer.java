package io.sluice.storage.verticle;

import io.sluice.storage.chunk.ChunkRecord;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * The last bytes of a segment that was sealed in good order: everything before them was durable, so
 * that a lost index is rebuilt from the heads of records without reading their bytes. Big endian:
 * magic "SLSE" (4), segment number (8), offset of the trailer (8), CRC32C of bytes 0 to 19 (4).
 */
final class SegmentTrailer {
  static final int LENGTH = 24;
  private static final int MAGIC = 0x534c5345;
  private static final int OFFSET_CRC = 20;

  private SegmentTrailer() {}

  static ByteBuffer encode(long number, long offset) {
    ByteBuffer bytes = ByteBuffer.allocate(LENGTH);
    bytes.putInt(MAGIC).putLong(number).putLong(offset);
    return bytes.putInt(ChunkRecord.crc32c(bytes, 0, OFFSET_CRC)).flip();
  }

  /** Whether a file of that size ends with the trailer of that segment. */
  static boolean isAtEndOf(SegmentFile file, long number) throws IOException {
    long offset = file.size() - LENGTH;
    if (offset < SegmentHeader.LENGTH) {
      return false;
    }
    ByteBuffer bytes = ByteBuffer.allocate(LENGTH);
    return file.read(bytes, offset) == LENGTH && bytes.flip().equals(encode(number, offset));
  }
}

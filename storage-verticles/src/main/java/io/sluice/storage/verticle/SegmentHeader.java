package io.sluice.storage.verticle;

import io.sluice.storage.chunk.ChunkRecord;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.UUID;

/**
 * The first bytes of a segment file: whose it is. Big endian.
 *
 * <pre>
 *  0  magic "SLSG"       4
 *  4  format version (1) 4
 *  8  cluster id        16
 * 24  disk id           16
 * 40  segment number     8
 * 48  reserved, zero    12
 * 60  CRC32C of 0 to 59  4
 * </pre>
 *
 * @param number of the segment, also in its file name
 */
record SegmentHeader(UUID clusterId, UUID diskId, long number) {
  static final int LENGTH = 64;
  static final int FORMAT_VERSION = 1;
  private static final int MAGIC = 0x534c5347;
  private static final int OFFSET_CRC = 60;

  ByteBuffer encode() {
    ByteBuffer bytes = ByteBuffer.allocate(LENGTH);
    bytes.putInt(MAGIC).putInt(FORMAT_VERSION);
    bytes.putLong(clusterId.getMostSignificantBits()).putLong(clusterId.getLeastSignificantBits());
    bytes.putLong(diskId.getMostSignificantBits()).putLong(diskId.getLeastSignificantBits());
    bytes.putLong(number);
    bytes.putInt(OFFSET_CRC, ChunkRecord.crc32c(bytes, 0, OFFSET_CRC));
    return bytes.clear();
  }

  /**
   * Reads the first {@link #LENGTH} bytes of a file.
   *
   * @throws DirectoryRefusedException when it is of a newer format
   * @throws IOException when it is no whole header
   */
  static SegmentHeader decode(ByteBuffer bytes) throws IOException {
    if (bytes.remaining() < LENGTH || bytes.getInt(0) != MAGIC) {
      throw new IOException("it has no segment header");
    }
    if (bytes.getInt(OFFSET_CRC) != ChunkRecord.crc32c(bytes, 0, OFFSET_CRC)) {
      throw new IOException("its header does not match its CRC32C");
    }
    int version = bytes.getInt(4);
    if (version > FORMAT_VERSION) {
      throw new DirectoryRefusedException(
          "it has format " + version + ", written by a newer Sluice");
    }
    return new SegmentHeader(
        new UUID(bytes.getLong(8), bytes.getLong(16)),
        new UUID(bytes.getLong(24), bytes.getLong(32)),
        bytes.getLong(40));
  }
}

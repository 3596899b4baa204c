package io.sluice.storage.verticle.index;

import io.sluice.storage.chunk.ChunkId;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * The order of the index: one column family, told apart by the first byte.
 *
 * <pre>
 * 1 | chunk id (16)               -> {@link IndexEntry}
 * 2 | segment (8)                 -> {@link SegmentStats}
 * 3 | chunk id (16) | segment (8) -> nothing: a dead record of the chunk lies in that segment
 * 4 | name                        -> small facts: format, disk, scrub position
 * </pre>
 */
final class IndexKeys {
  static final byte CHUNK = 1;
  static final byte SEGMENT = 2;
  static final byte GHOST = 3;
  static final byte FACT = 4;

  private IndexKeys() {}

  static byte[] chunk(ChunkId id) {
    ByteBuffer key = ByteBuffer.allocate(1 + ChunkId.LENGTH).put(CHUNK);
    id.write(key);
    return key.array();
  }

  static ChunkId chunkId(byte[] key) {
    return ChunkId.read(ByteBuffer.wrap(key, 1, ChunkId.LENGTH));
  }

  static byte[] segment(long number) {
    return ByteBuffer.allocate(9).put(SEGMENT).putLong(number).array();
  }

  static long segmentNumber(byte[] key) {
    return ByteBuffer.wrap(key).getLong(1);
  }

  static byte[] ghost(ChunkId id, long segment) {
    ByteBuffer key = ByteBuffer.allocate(1 + ChunkId.LENGTH + 8).put(GHOST);
    id.write(key);
    return key.putLong(segment).array();
  }

  static long ghostSegment(byte[] key) {
    return ByteBuffer.wrap(key).getLong(1 + ChunkId.LENGTH);
  }

  static byte[] fact(String name) {
    byte[] ascii = name.getBytes(StandardCharsets.US_ASCII);
    return ByteBuffer.allocate(1 + ascii.length).put(FACT).put(ascii).array();
  }
}

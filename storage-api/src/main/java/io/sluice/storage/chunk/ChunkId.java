package io.sluice.storage.chunk;

import com.google.protobuf.ByteString;
import java.nio.ByteBuffer;
import java.util.HexFormat;

/**
 * Names a chunk for ever, and says where it is: the partition in the id is the replica set that
 * holds it, so no table is looked up.
 *
 * <p>16 bytes, big endian: version (8 bits), pool (8), partition (16), stamp (48), random (48). The
 * stamp is the wall clock of the gateway that made the chunk, in milliseconds. Nothing relies on
 * its being right: a chunk that claims to be older than the orphan horizon is refused by the
 * metadata (INVARIANTS 2), one that claims to be newer is only collected later.
 *
 * @param high version, pool, partition and the upper 32 bits of the stamp
 * @param low the lower 16 bits of the stamp, and the random bits
 */
public record ChunkId(long high, long low) implements Comparable<ChunkId> {
  /** Bytes of an encoded id. */
  public static final int LENGTH = 16;

  private static final int VERSION = 1;
  private static final long STAMP_MASK = (1L << 48) - 1;
  private static final long RANDOM_MASK = (1L << 48) - 1;

  /**
   * A new id.
   *
   * @param pool 0 to 255
   * @param partition 0 to 65,535
   * @param stampMs wall clock, milliseconds since 1970
   * @param random its lower 48 bits are used
   */
  public static ChunkId of(int pool, int partition, long stampMs, long random) {
    if (pool < 0 || pool > 0xff || partition < 0 || partition > 0xffff) {
      throw new IllegalArgumentException("pool " + pool + ", partition " + partition);
    }
    long stamp = stampMs & STAMP_MASK;
    long high =
        ((long) VERSION << 56) | ((long) pool << 48) | ((long) partition << 32) | (stamp >>> 16);
    long low = (stamp << 48) | (random & RANDOM_MASK);
    return new ChunkId(high, low);
  }

  /** Reads 16 bytes from {@code buffer} and moves its position. */
  public static ChunkId read(ByteBuffer buffer) {
    return new ChunkId(buffer.getLong(), buffer.getLong());
  }

  /**
   * Reads an encoded id.
   *
   * @throws IllegalArgumentException unless there are 16 bytes
   */
  public static ChunkId from(ByteString bytes) {
    if (bytes.size() != LENGTH) {
      throw new IllegalArgumentException("a chunk id has 16 bytes, not " + bytes.size());
    }
    return read(bytes.asReadOnlyByteBuffer());
  }

  /** Writes 16 bytes to {@code buffer} and moves its position. */
  public void write(ByteBuffer buffer) {
    buffer.putLong(high).putLong(low);
  }

  public byte[] toBytes() {
    byte[] bytes = new byte[LENGTH];
    write(ByteBuffer.wrap(bytes));
    return bytes;
  }

  public ByteString toByteString() {
    return ByteString.copyFrom(toBytes());
  }

  public int version() {
    return (int) (high >>> 56);
  }

  public int pool() {
    return (int) (high >>> 48) & 0xff;
  }

  public int partition() {
    return (int) (high >>> 32) & 0xffff;
  }

  /** The greatest id that is less than this one: what a list begins behind to begin with this. */
  public ChunkId before() {
    return new ChunkId(low == 0 ? high - 1 : high, low - 1);
  }

  /** The wall clock of its maker, in milliseconds since 1970. */
  public long stampMs() {
    return ((high & 0xffff_ffffL) << 16) | (low >>> 48);
  }

  /** In the order of the encoded bytes: by partition, then by stamp. */
  @Override
  public int compareTo(ChunkId other) {
    int byHigh = Long.compareUnsigned(high, other.high);
    return byHigh != 0 ? byHigh : Long.compareUnsigned(low, other.low);
  }

  /** 32 lower-case hex digits. */
  @Override
  public String toString() {
    return HexFormat.of().toHexDigits(high) + HexFormat.of().toHexDigits(low);
  }
}

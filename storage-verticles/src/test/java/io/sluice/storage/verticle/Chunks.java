package io.sluice.storage.verticle;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.sluice.storage.chunk.ChunkFrame;
import io.sluice.storage.chunk.ChunkHeader;
import io.sluice.storage.chunk.ChunkId;
import io.sluice.storage.chunk.ChunkRecord;
import io.sluice.storage.chunk.EncodedChunk;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.UUID;

/** Makes chunks whose bytes follow from their id, so that a reader can tell what they should be. */
public final class Chunks {
  public static final UUID CLUSTER = new UUID(0x5_1a1ceL, 42);

  private Chunks() {}

  public static ChunkId id(int number) {
    return id(0, number);
  }

  public static ChunkId id(int partition, int number) {
    return ChunkId.of(0, partition, 1_700_000_000_000L + number, number);
  }

  /** The bytes of a chunk of that length. */
  public static byte[] plain(ChunkId id, int length) {
    byte[] bytes = new byte[length];
    new Random(id.high() * 31 + id.low()).nextBytes(bytes);
    return bytes;
  }

  public static EncodedChunk chunk(ChunkId id, int length) {
    return chunk(id, CLUSTER, plain(id, length));
  }

  public static EncodedChunk chunk(ChunkId id, UUID cluster, byte[] plain) {
    List<ChunkFrame> frames = new ArrayList<>();
    ByteBuffer bytes = ByteBuffer.wrap(plain);
    for (int at = 0; at < plain.length; at += ChunkRecord.FRAME_PLAIN) {
      int length = Math.min(ChunkRecord.FRAME_PLAIN, plain.length - at);
      frames.add(new ChunkFrame(length, false, ChunkRecord.crc32c(bytes, at, length)));
    }
    ChunkHeader header = new ChunkHeader(id, cluster, false, plain.length, frames);
    ByteBuf record = PooledByteBufAllocator.DEFAULT.directBuffer(header.recordLength());
    ByteBuffer head = ByteBuffer.allocate(header.headLength());
    ChunkRecord.writeHead(header, head);
    record.writeBytes(head.flip()).writeBytes(plain);
    return new EncodedChunk(header, record);
  }
}

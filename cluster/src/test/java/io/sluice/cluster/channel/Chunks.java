package io.sluice.cluster.channel;

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

/** Records for tests: plain frames of seeded bytes. */
final class Chunks {
  private static final UUID CLUSTER = new UUID(1, 2);

  private Chunks() {}

  static EncodedChunk chunk(int partition, long seed, int length) {
    byte[] plain = new byte[length];
    new Random(seed).nextBytes(plain);
    List<ChunkFrame> frames = new ArrayList<>();
    for (int at = 0; at < length; at += ChunkRecord.FRAME_PLAIN) {
      int size = Math.min(ChunkRecord.FRAME_PLAIN, length - at);
      int crc = ChunkRecord.crc32c(ByteBuffer.wrap(plain), at, size);
      frames.add(new ChunkFrame(size, false, crc));
    }
    ChunkId id = ChunkId.of(0, partition, seed, seed);
    ChunkHeader header = new ChunkHeader(id, CLUSTER, false, length, frames);
    ByteBuffer record = ByteBuffer.allocate(header.recordLength());
    ChunkRecord.writeHead(header, record);
    record.put(plain).flip();
    ByteBuf pooled =
        PooledByteBufAllocator.DEFAULT.directBuffer(record.remaining()).writeBytes(record);
    return new EncodedChunk(header, pooled);
  }
}

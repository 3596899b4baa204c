package io.sluice.storage.chunk.codec;

import com.github.luben.zstd.ZstdCompressCtx;
import com.github.luben.zstd.ZstdDecompressCtx;
import io.sluice.storage.chunk.ChunkRecord;
import java.nio.ByteBuffer;

/**
 * What one thread needs to compress and decompress: zstd's contexts, which are dear to make, and
 * room for one plain frame. Used by one thread at a time.
 */
final class ZstdWorkspace implements AutoCloseable {
  private final ZstdCompressCtx compressor = new ZstdCompressCtx();
  private final ZstdDecompressCtx decompressor = new ZstdDecompressCtx();
  private final ByteBuffer frame = ByteBuffer.allocateDirect(ChunkRecord.FRAME_PLAIN);

  ZstdWorkspace(int level) {
    // The record has a CRC32C for each frame, and knows each frame's length.
    compressor.setLevel(level).setChecksum(false).setContentSize(true);
  }

  /** Room for a plain frame, direct; cleared. */
  ByteBuffer frame() {
    return frame.clear();
  }

  /**
   * Compresses a direct buffer's remaining bytes.
   *
   * @return how many bytes were written at {@code targetAt}
   */
  int compress(ByteBuffer source, ByteBuffer target, int targetAt) {
    return compressor.compressDirectByteBuffer(
        target,
        targetAt,
        target.capacity() - targetAt,
        source,
        source.position(),
        source.remaining());
  }

  /**
   * Decompresses one frame between direct buffers.
   *
   * @return how many plain bytes there were
   * @throws com.github.luben.zstd.ZstdException when it is not a zstd frame of at most {@code
   *     targetLength} bytes
   */
  int decompress(ByteBuffer source, int sourceAt, int sourceLength, ByteBuffer target) {
    return decompressor.decompressDirectByteBuffer(
        target, target.position(), target.remaining(), source, sourceAt, sourceLength);
  }

  @Override
  public void close() {
    compressor.close();
    decompressor.close();
  }
}

package io.sluice.storage.chunk.codec;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdCompressCtx;
import com.github.luben.zstd.ZstdDecompressCtx;
import com.github.luben.zstd.ZstdException;
import java.util.Arrays;
import java.util.Optional;

/**
 * Compresses blocks of rows, each for itself, between arrays. Its contexts are dear to make and
 * used again; for one thread at a time, and closed at the end.
 */
public final class ZstdBlocks implements AutoCloseable {
  private static final int LEVEL = 1;

  private final ZstdCompressCtx compressor = new ZstdCompressCtx();
  private final ZstdDecompressCtx decompressor = new ZstdDecompressCtx();

  public ZstdBlocks() {
    // Whoever stores a block knows its length and has a checksum of its own.
    compressor.setLevel(LEVEL).setChecksum(false).setContentSize(true);
  }

  /** The first bytes of an array as one zstd frame; nothing if that would not be shorter. */
  public Optional<byte[]> compress(byte[] plain, int length) {
    byte[] target = new byte[Math.toIntExact(Zstd.compressBound(length))];
    int stored = compressor.compressByteArray(target, 0, target.length, plain, 0, length);
    return stored < length ? Optional.of(Arrays.copyOf(target, stored)) : Optional.empty();
  }

  /**
   * The plain bytes of one zstd frame.
   *
   * @return empty when it is not one of exactly that many plain bytes
   */
  public Optional<byte[]> decompress(byte[] stored, int offset, int length, int plainLength) {
    byte[] plain = new byte[plainLength];
    try {
      int decoded = decompressor.decompressByteArray(plain, 0, plainLength, stored, offset, length);
      return decoded == plainLength ? Optional.of(plain) : Optional.empty();
    } catch (ZstdException e) {
      return Optional.empty();
    }
  }

  @Override
  public void close() {
    compressor.close();
    decompressor.close();
  }
}

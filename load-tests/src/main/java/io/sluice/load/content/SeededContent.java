package io.sluice.load.content;

import java.io.InputStream;
import java.util.Objects;

/**
 * Bytes that are known from a seed and a length alone: the byte at an offset depends on nothing
 * else, so that a model need not keep contents, and a reader can check any range. The generator is
 * SplitMix64 in counter mode: random enough not to compress.
 */
public final class SeededContent {

  private static final long GOLDEN_GAMMA = 0x9E3779B97F4A7C15L;

  private SeededContent() {}

  /** The first {@code length} bytes of the content with that seed. */
  public static byte[] bytes(long seed, int length) {
    byte[] bytes = new byte[length];
    fill(seed, 0, bytes, 0, length);
    return bytes;
  }

  /** Writes the bytes from {@code offset} of the content into {@code target}. */
  public static void fill(long seed, long offset, byte[] target, int from, int length) {
    Objects.checkFromIndexSize(from, length, target.length);
    int done = 0;
    while (done < length) {
      long position = offset + done;
      long word = word(seed, position >>> 3);
      for (int i = (int) (position & 7); i < 8 && done < length; i++) {
        target[from + done++] = (byte) (word >>> (i << 3));
      }
    }
  }

  /** A stream over {@code length} bytes from {@code offset} of the content. */
  public static InputStream stream(long seed, long offset, long length) {
    return new InputStream() {
      private long position = offset;
      private final long end = offset + length;

      @Override
      public int read() {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
      }

      @Override
      public int read(byte[] target, int from, int count) {
        if (position >= end) {
          return -1;
        }
        int size = (int) Math.min(count, end - position);
        fill(seed, position, target, from, size);
        position += size;
        return size;
      }
    };
  }

  private static long word(long seed, long index) {
    long z = seed * 0xD1342543DE82EF95L + (index + 1) * GOLDEN_GAMMA;
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }
}

package io.sluice.load.bench;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.sluice.load.content.SeededContent;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.internal.buffer.BufferInternal;
import java.nio.ByteBuffer;
import java.util.Random;

/**
 * What is uploaded: slices of one direct buffer, made once, so that the client neither generates
 * nor copies while it measures. The buffer is longer than any compression window in use, so that
 * repeating it does not make random bytes compressible.
 */
public final class Payload {

  /** Bytes handed to the connection in one write. */
  static final int SLICE_BYTES = 256 * 1024;

  private static final int POOL_BYTES = 16 * 1024 * 1024;

  /** The kinds of content; text compresses to about a third with zstd at level 1. */
  public enum Kind {
    RANDOM,
    TEXT
  }

  private final ByteBuf pool;

  private Payload(byte[] content) {
    // Memory of the JVM's own, which is freed when this is unreachable: nothing counts references
    // to it.
    ByteBuffer memory = ByteBuffer.allocateDirect(content.length).put(content).flip();
    this.pool = Unpooled.unreleasableBuffer(Unpooled.wrappedBuffer(memory));
  }

  public static Payload of(Kind kind) {
    return new Payload(kind == Kind.RANDOM ? SeededContent.bytes(42, POOL_BYTES) : text());
  }

  /**
   * The {@code length} bytes at {@code offset} of an endless repetition, at most up to the end of a
   * slice.
   */
  Buffer slice(long offset, long length) {
    int from = (int) (offset % POOL_BYTES);
    int size = (int) Math.min(Math.min(length, SLICE_BYTES), POOL_BYTES - from);
    return BufferInternal.buffer(pool.slice(from, size));
  }

  /** Log-like lines over a skewed vocabulary: neither trivially repetitive nor random. */
  static byte[] text() {
    Random random = new Random(7);
    String[] words = new String[4096];
    for (int i = 0; i < words.length; i++) {
      StringBuilder word = new StringBuilder();
      for (int letters = 3 + random.nextInt(8); letters > 0; letters--) {
        word.append((char) ('a' + random.nextInt(26)));
      }
      words[i] = word.toString();
    }
    StringBuilder text = new StringBuilder(POOL_BYTES + 256);
    for (long line = 0; text.length() < POOL_BYTES; line++) {
      text.append("2026-11-21T10:").append(line % 60).append(" INFO request=").append(line);
      for (int i = 0; i < 10; i++) {
        // Squaring a uniform number makes low word numbers frequent, as in natural text.
        double skew = random.nextDouble() * random.nextDouble();
        text.append(' ').append(words[(int) (skew * words.length)]);
      }
      text.append('\n');
    }
    return text.substring(0, POOL_BYTES).getBytes(US_ASCII);
  }
}

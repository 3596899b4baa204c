package io.sluice.benchmarks;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.SplittableRandom;

/** The same bytes in every run. */
final class SampleBytes {
  private static final long SEED = 42;
  private static final String[] WORDS = {
    "object", "bucket", "replica", "segment", "commit", "acknowledge", "quorum", "gateway", "chunk",
    "frame", "checksum", "signature", "upload", "download", "listing", "snapshot", "index", "lease"
  };

  private SampleBytes() {}

  /** Bytes that don't shrink. */
  static byte[] random(int length) {
    byte[] bytes = new byte[length];
    new SplittableRandom(SEED).nextBytes(bytes);
    return bytes;
  }

  /** Lines of a log: words and numbers, which zstd shrinks to about a third. */
  static byte[] text(int length) {
    SplittableRandom random = new SplittableRandom(SEED);
    StringBuilder text = new StringBuilder(length + 64);
    while (text.length() < length) {
      text.append(random.nextInt(1_000_000)).append(' ');
      for (int i = 0; i < 8; i++) {
        text.append(WORDS[random.nextInt(WORDS.length)]).append(' ');
      }
      text.append('\n');
    }
    return Arrays.copyOf(text.toString().getBytes(StandardCharsets.US_ASCII), length);
  }
}

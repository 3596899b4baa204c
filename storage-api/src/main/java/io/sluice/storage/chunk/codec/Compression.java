package io.sluice.storage.chunk.codec;

import java.util.Locale;

/**
 * How chunks are compressed.
 *
 * @param mode whether to compress
 * @param level zstd's level, 1 to {@link #LEVEL_MAX}; unused when off
 */
public record Compression(Mode mode, int level) {
  /** The highest level: those above take more memory a thread than they are worth. */
  public static final int LEVEL_MAX = 19;

  /** What decides whether a chunk is compressed. */
  public enum Mode {
    /** Its first frame: if that shrinks by a tenth, all frames are compressed. */
    AUTO,
    /** Never. */
    OFF,
    /** Always; a frame that does not shrink is stored plain all the same. */
    ALWAYS
  }

  /** Samples, and takes the level that keeps up with a network. */
  public static final Compression DEFAULT = new Compression(Mode.AUTO, 1);

  public Compression {
    if (level < 1 || level > LEVEL_MAX) {
      throw new IllegalArgumentException("compression level " + level + " is not 1 to 19");
    }
  }

  /**
   * Reads {@code auto}, {@code off} or {@code zstd:LEVEL}.
   *
   * @throws IllegalArgumentException for anything else; the message is for the operator
   */
  public static Compression parse(String text) {
    String setting = text.strip().toLowerCase(Locale.ROOT);
    if (setting.equals("auto")) {
      return DEFAULT;
    }
    if (setting.equals("off")) {
      return new Compression(Mode.OFF, 1);
    }
    if (setting.matches("zstd:\\d{1,2}")) {
      return new Compression(Mode.ALWAYS, Integer.parseInt(setting.substring(5)));
    }
    throw new IllegalArgumentException("compression is auto, off or zstd:LEVEL, not " + text);
  }
}

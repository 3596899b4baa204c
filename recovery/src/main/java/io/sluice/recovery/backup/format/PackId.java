package io.sluice.recovery.backup.format;

import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.regex.Pattern;

/**
 * Names a pack: 32 lower-case hex digits, of which the first 12 are when it was begun (milliseconds
 * since 1970), and the others random.
 */
public record PackId(String text) implements Comparable<PackId> {
  static final int LENGTH = 16;

  private static final Pattern TEXT = Pattern.compile("[0-9a-f]{32}");
  private static final SecureRandom RANDOM = new SecureRandom();
  private static final String FOLDER = "packs/";
  private static final String SUFFIX = ".pack";
  private static final int STAMP_DIGITS = 12;

  public PackId {
    if (!TEXT.matcher(text).matches()) {
      throw new IllegalArgumentException("not the id of a pack: " + text);
    }
  }

  /** A new one. */
  public static PackId create(long nowMs) {
    byte[] bytes = new byte[LENGTH];
    RANDOM.nextBytes(bytes);
    ByteBuffer.wrap(bytes).putShort((short) (nowMs >>> 32)).putInt((int) nowMs);
    return new PackId(HexFormat.of().formatHex(bytes));
  }

  /** Reads 16 bytes. */
  static PackId read(ByteBuffer buffer) {
    byte[] bytes = new byte[LENGTH];
    buffer.get(bytes);
    return new PackId(HexFormat.of().formatHex(bytes));
  }

  /** Whether a file below the cluster's folder has a pack's name. */
  public static boolean isFile(String name) {
    return name.startsWith(FOLDER)
        && name.endsWith(SUFFIX)
        && TEXT.matcher(name.substring(FOLDER.length(), name.length() - SUFFIX.length())).matches();
  }

  /** The id in a pack's file name, {@link #isFile}. */
  public static PackId ofFile(String name) {
    return new PackId(name.substring(FOLDER.length(), name.length() - SUFFIX.length()));
  }

  /** The name of its file, below the cluster's folder. */
  public String file() {
    return FOLDER + text + SUFFIX;
  }

  byte[] toBytes() {
    return HexFormat.of().parseHex(text);
  }

  /** When it was begun, by its maker's clock: milliseconds since 1970. */
  public long stampMs() {
    return HexFormat.fromHexDigitsToLong(text, 0, STAMP_DIGITS);
  }

  /** By time. */
  @Override
  public int compareTo(PackId other) {
    return text.compareTo(other.text);
  }

  @Override
  public String toString() {
    return text;
  }
}

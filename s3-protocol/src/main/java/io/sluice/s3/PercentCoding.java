package io.sluice.s3;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;

/**
 * Percent-encoding as S3 reads and writes it. Decoding is strict: what is not a whole escape, not
 * visible ASCII, or not UTF-8 is refused, because a lenient reading would give two requests that
 * were signed differently the same key.
 */
public final class PercentCoding {
  private static final char[] HEX = "0123456789ABCDEF".toCharArray();

  private PercentCoding() {}

  /**
   * Decodes a path, where {@code +} is a plus.
   *
   * @throws S3Exception InvalidURI
   */
  public static String decodePath(String raw) {
    return decode(raw, 0, raw.length(), false);
  }

  /** Decodes a part of a path: {@code raw[from, to)}. */
  static String decodePath(String raw, int from, int to) {
    return decode(raw, from, to, false);
  }

  /** Decodes a part of a query, where {@code +} is a space: {@code raw[from, to)}. */
  static String decodeQuery(String raw, int from, int to) {
    return decode(raw, from, to, true);
  }

  private static String decode(String raw, int from, int to, boolean plusIsSpace) {
    boolean plain = true;
    for (int i = from; i < to; i++) {
      char c = raw.charAt(i);
      if (c <= ' ' || c >= 0x7f) {
        throw invalid();
      }
      plain &= c != '%' && (c != '+' || !plusIsSpace);
    }
    return plain ? raw.substring(from, to) : decodeEscapes(raw, from, to, plusIsSpace);
  }

  private static String decodeEscapes(String raw, int from, int to, boolean plusIsSpace) {
    byte[] bytes = new byte[to - from];
    int length = 0;
    boolean ascii = true;
    for (int i = from; i < to; i++) {
      int c = raw.charAt(i);
      if (c == '%') {
        if (i + 2 >= to) {
          throw invalid();
        }
        int high = Character.digit(raw.charAt(i + 1), 16);
        int low = Character.digit(raw.charAt(i + 2), 16);
        if (high < 0 || low < 0) {
          throw invalid();
        }
        c = high << 4 | low;
        ascii &= c < 0x80;
        i += 2;
      } else if (c == '+' && plusIsSpace) {
        c = ' ';
      }
      bytes[length++] = (byte) c;
    }
    if (ascii) {
      return new String(bytes, 0, length, US_ASCII);
    }
    try {
      return UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes, 0, length)).toString();
    } catch (CharacterCodingException e) {
      throw invalid();
    }
  }

  /**
   * Encodes as AWS does for {@code encoding-type=url}: as in an HTML form (space is {@code +}; the
   * tilde is escaped), but with slashes kept.
   */
  public static String encodeListed(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (!isKeptWhenListed(text.charAt(i))) {
        return encodeBytes(text.getBytes(UTF_8));
      }
    }
    return text;
  }

  private static String encodeBytes(byte[] bytes) {
    StringBuilder out = new StringBuilder(bytes.length + 16);
    for (byte b : bytes) {
      int c = b & 0xff;
      if (isKeptWhenListed(c)) {
        out.append((char) c);
      } else if (c == ' ') {
        out.append('+');
      } else {
        out.append('%').append(HEX[c >> 4]).append(HEX[c & 0xf]);
      }
    }
    return out.toString();
  }

  private static boolean isKeptWhenListed(int c) {
    return (c >= 'a' && c <= 'z')
        || (c >= 'A' && c <= 'Z')
        || (c >= '0' && c <= '9')
        || c == '-'
        || c == '_'
        || c == '.'
        || c == '*'
        || c == '/';
  }

  private static S3Exception invalid() {
    return new S3Exception(S3ErrorCode.INVALID_URI);
  }
}

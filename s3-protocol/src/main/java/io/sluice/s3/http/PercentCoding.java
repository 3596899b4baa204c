package io.sluice.s3.http;

import io.sluice.s3.S3ErrorCode;
import io.sluice.s3.S3Exception;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/**
 * Percent-encoding as S3 does it: everything but {@code A-Z a-z 0-9 - . _ ~} is written as {@code
 * %XX} in upper case, byte by byte of the UTF-8 form; {@code /} is kept where a path is encoded.
 *
 * <p>Text "as sent" holds one byte a char (the HTTP layer reads heads as ISO-8859-1); a char above
 * {@code 0xFF}, which only a caller inside this process can produce, stands for its UTF-8 bytes.
 *
 * @see <a
 *     href="https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html">UriEncode
 *     in the S3 flavour of Signature V4</a>
 */
public final class PercentCoding {
  private static final char[] HEX = "0123456789ABCDEF".toCharArray();
  private static final boolean[] UNRESERVED = new boolean[128];

  static {
    for (char c = 'a'; c <= 'z'; c++) {
      UNRESERVED[c] = true;
    }
    for (char c = 'A'; c <= 'Z'; c++) {
      UNRESERVED[c] = true;
    }
    for (char c = '0'; c <= '9'; c++) {
      UNRESERVED[c] = true;
    }
    for (char c : new char[] {'-', '.', '_', '~'}) {
      UNRESERVED[c] = true;
    }
  }

  private PercentCoding() {}

  /** Encodes the UTF-8 form of {@code text}; an unpaired surrogate becomes {@code ?}. */
  public static String encode(String text, boolean keepSlash) {
    int clean = 0;
    while (clean < text.length() && isPlain(text.charAt(clean), keepSlash)) {
      clean++;
    }
    if (clean == text.length()) {
      return text;
    }
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    StringBuilder out = new StringBuilder(bytes.length + 32);
    for (byte b : bytes) {
      appendEncoded(out, b & 0xFF, keepSlash);
    }
    return out.toString();
  }

  /**
   * Decodes text as sent and encodes it again, so that every spelling of the same bytes becomes the
   * one that signatures are made over.
   *
   * @param plusIsSpace whether {@code +} means a space, as it does in a query
   * @throws S3Exception {@code InvalidURI} if a {@code %} is not followed by two hex digits
   */
  public static void appendNormalised(
      StringBuilder out, String sent, int from, int to, boolean keepSlash, boolean plusIsSpace) {
    for (int i = from; i < to; i++) {
      char c = sent.charAt(i);
      if (c == '%') {
        appendEncoded(out, hexPair(sent, i, to), keepSlash);
        i += 2;
      } else if (c == '+' && plusIsSpace) {
        out.append("%20");
      } else if (c <= 0xFF) {
        appendEncoded(out, c, keepSlash);
      } else {
        int width = wideWidth(sent, i, to);
        for (byte b : sent.substring(i, i + width).getBytes(StandardCharsets.UTF_8)) {
          appendEncoded(out, b & 0xFF, keepSlash);
        }
        i += width - 1;
      }
    }
  }

  /**
   * Decodes text as sent into bytes.
   *
   * @throws S3Exception {@code InvalidURI} if a {@code %} is not followed by two hex digits
   */
  public static byte[] decode(String sent, boolean plusIsSpace) {
    int length = sent.length();
    ByteArrayOutputStream out = new ByteArrayOutputStream(length);
    for (int i = 0; i < length; i++) {
      char c = sent.charAt(i);
      if (c == '%') {
        out.write(hexPair(sent, i, length));
        i += 2;
      } else if (c == '+' && plusIsSpace) {
        out.write(' ');
      } else if (c <= 0xFF) {
        out.write(c);
      } else {
        int width = wideWidth(sent, i, length);
        out.writeBytes(sent.substring(i, i + width).getBytes(StandardCharsets.UTF_8));
        i += width - 1;
      }
    }
    return out.toByteArray();
  }

  /**
   * Decodes text as sent into characters.
   *
   * @throws S3Exception {@code InvalidURI} if an escape is malformed or the bytes are not UTF-8
   */
  public static String decodeUtf8(String sent, boolean plusIsSpace) {
    int plain = 0;
    while (plain < sent.length() && isLiteral(sent.charAt(plain), plusIsSpace)) {
      plain++;
    }
    if (plain == sent.length()) {
      return sent;
    }
    try {
      return StandardCharsets.UTF_8
          .newDecoder()
          .decode(ByteBuffer.wrap(decode(sent, plusIsSpace)))
          .toString();
    } catch (CharacterCodingException notUtf8) {
      throw new S3Exception(S3ErrorCode.INVALID_URI);
    }
  }

  private static boolean isPlain(char c, boolean keepSlash) {
    return c < 128 && (UNRESERVED[c] || (c == '/' && keepSlash));
  }

  private static boolean isLiteral(char c, boolean plusIsSpace) {
    return c < 128 && c != '%' && !(c == '+' && plusIsSpace);
  }

  private static void appendEncoded(StringBuilder out, int octet, boolean keepSlash) {
    if (isPlain((char) octet, keepSlash)) {
      out.append((char) octet);
    } else {
      out.append('%').append(HEX[octet >> 4]).append(HEX[octet & 15]);
    }
  }

  private static int hexPair(String text, int percent, int to) {
    int high = percent + 2 < to ? digit(text.charAt(percent + 1)) : -1;
    int low = percent + 2 < to ? digit(text.charAt(percent + 2)) : -1;
    if (high < 0 || low < 0) {
      throw new S3Exception(S3ErrorCode.INVALID_URI);
    }
    return (high << 4) | low;
  }

  /** Character.digit would also take digits of other scripts. */
  private static int digit(char c) {
    return c < 128 ? Character.digit(c, 16) : -1;
  }

  private static int wideWidth(String text, int at, int to) {
    boolean pair =
        Character.isHighSurrogate(text.charAt(at))
            && at + 1 < to
            && Character.isLowSurrogate(text.charAt(at + 1));
    return pair ? 2 : 1;
  }
}

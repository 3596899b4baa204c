package io.sluice.s3.op;

import static java.nio.charset.StandardCharsets.UTF_8;

import org.jspecify.annotations.Nullable;

/** How keys and prefixes are written in listings when {@code encoding-type=url} was asked for. */
final class ListingEncoding {
  private static final char[] HEX = "0123456789ABCDEF".toCharArray();

  private ListingEncoding() {}

  /** The text as a listing writes it. */
  static String apply(boolean url, String text) {
    return url ? encode(text) : text;
  }

  /** The text as a listing writes it, or null. */
  static @Nullable String applyOptional(boolean url, @Nullable String text) {
    return text == null ? null : apply(url, text);
  }

  /**
   * Encodes as AWS does for {@code encoding-type=url}: as in an HTML form (space is {@code +}; the
   * tilde is escaped), but with slashes kept.
   */
  static String encode(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (!isKept(text.charAt(i))) {
        return encodeBytes(text.getBytes(UTF_8));
      }
    }
    return text;
  }

  private static String encodeBytes(byte[] bytes) {
    StringBuilder out = new StringBuilder(bytes.length + 16);
    for (byte b : bytes) {
      int c = b & 0xff;
      if (isKept(c)) {
        out.append((char) c);
      } else if (c == ' ') {
        out.append('+');
      } else {
        out.append('%').append(HEX[c >> 4]).append(HEX[c & 0xf]);
      }
    }
    return out.toString();
  }

  private static boolean isKept(int c) {
    return (c >= 'a' && c <= 'z')
        || (c >= 'A' && c <= 'Z')
        || (c >= '0' && c <= '9')
        || c == '-'
        || c == '_'
        || c == '.'
        || c == '*'
        || c == '/';
  }
}

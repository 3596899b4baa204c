package io.sluice.s3.http;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/**
 * The encoded-words of RFC 2047, {@code =?charset?B|Q?text?=}, which carry other than ASCII text in
 * headers. What is not a well-formed encoded-word stays as it is.
 */
final class EncodedWords {
  /** RFC 2047 allows 75 characters a word: 63 of them base64, which is 45 bytes of text. */
  private static final int WORD_BYTES_MAX = 45;

  private EncodedWords() {}

  static String encode(String text) {
    boolean plain = true;
    for (int i = 0; i < text.length() && plain; i++) {
      plain = text.charAt(i) >= ' ' && text.charAt(i) < 0x7F;
    }
    // Text that looks like an encoded-word would be decoded by whoever reads it.
    if (plain && !text.contains("=?")) {
      return text;
    }
    StringBuilder out = new StringBuilder(text.length() * 2);
    int from = 0;
    while (from < text.length()) {
      int to = from;
      int bytes = 0;
      while (to < text.length()) {
        int point = text.codePointAt(to);
        int width = point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
        if (bytes + width > WORD_BYTES_MAX) {
          break;
        }
        bytes += width;
        to += Character.charCount(point);
      }
      byte[] word = text.substring(from, to).getBytes(StandardCharsets.UTF_8);
      out.append(from == 0 ? "=?UTF-8?B?" : " =?UTF-8?B?")
          .append(Base64.getEncoder().encodeToString(word))
          .append("?=");
      from = to;
    }
    return out.toString();
  }

  static String decode(String text) {
    int start = text.indexOf("=?");
    if (start < 0) {
      return text;
    }
    StringBuilder out = new StringBuilder(text.length());
    int at = 0;
    boolean afterWord = false;
    while (start >= 0) {
      int end = wordEnd(text, start);
      String word = end < 0 ? null : decodeWord(text.substring(start + 2, end));
      if (word == null) {
        start = text.indexOf("=?", start + 2);
        continue;
      }
      String between = text.substring(at, start);
      if (!(afterWord && between.isBlank())) {
        out.append(between);
      }
      out.append(word);
      afterWord = true;
      at = end + 2;
      start = text.indexOf("=?", at);
    }
    return out.append(text, at, text.length()).toString();
  }

  /** Reads chars that stand for bytes. */
  static String utf8OrLatin1(String bytes) {
    int ascii = 0;
    while (ascii < bytes.length() && bytes.charAt(ascii) < 0x80) {
      ascii++;
    }
    if (ascii == bytes.length()) {
      return bytes;
    }
    for (int i = ascii; i < bytes.length(); i++) {
      if (bytes.charAt(i) > 0xFF) {
        return bytes;
      }
    }
    String text = strict(bytes.getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8);
    return text == null ? bytes : text;
  }

  /** Where the closing {@code ?=} of a word stands, behind charset and encoding; or -1. */
  private static int wordEnd(String text, int start) {
    int charset = text.indexOf('?', start + 2);
    int encoding = charset < 0 ? -1 : text.indexOf('?', charset + 1);
    return encoding < 0 ? -1 : text.indexOf("?=", encoding + 1);
  }

  private static @Nullable String decodeWord(String word) {
    int first = word.indexOf('?');
    int second = word.indexOf('?', first + 1);
    String name = word.substring(0, first);
    String encoding = word.substring(first + 1, second);
    String content = word.substring(second + 1);
    Charset charset = charset(name);
    if (charset == null) {
      return null;
    }
    try {
      if (encoding.equalsIgnoreCase("B")) {
        return strict(Base64.getDecoder().decode(content), charset);
      }
      byte[] bytes = encoding.equalsIgnoreCase("Q") ? quotedPrintable(content) : null;
      return bytes == null ? null : strict(bytes, charset);
    } catch (IllegalArgumentException notBase64) {
      return null;
    }
  }

  /** Only those that any client sends: an open list would let clients pick decoders to run. */
  private static @Nullable Charset charset(String name) {
    if (name.equalsIgnoreCase("UTF-8")) {
      return StandardCharsets.UTF_8;
    }
    if (name.equalsIgnoreCase("ISO-8859-1")) {
      return StandardCharsets.ISO_8859_1;
    }
    return name.equalsIgnoreCase("US-ASCII") ? StandardCharsets.US_ASCII : null;
  }

  private static byte @Nullable [] quotedPrintable(String content) {
    ByteArrayOutputStream out = new ByteArrayOutputStream(content.length());
    for (int i = 0; i < content.length(); i++) {
      char c = content.charAt(i);
      if (c == '=') {
        int high = i + 2 < content.length() ? Character.digit(content.charAt(i + 1), 16) : -1;
        int low = i + 2 < content.length() ? Character.digit(content.charAt(i + 2), 16) : -1;
        if (high < 0 || low < 0) {
          return null;
        }
        out.write((high << 4) | low);
        i += 2;
      } else if (c > 0x7F) {
        return null;
      } else {
        out.write(c == '_' ? ' ' : c);
      }
    }
    return out.toByteArray();
  }

  private static @Nullable String strict(byte[] bytes, Charset charset) {
    try {
      return charset.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException malformed) {
      return null;
    }
  }
}

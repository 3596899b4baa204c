package io.sluice.s3.xml;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.sluice.s3.http.HttpDates;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Writes an S3 document as UTF-8 bytes. Text is escaped as AWS escapes it: the five markup
 * characters as entities (the quote too, which is what ETags look like), control characters as
 * numeric references. The latter are not legal in XML 1.0, but the keys exist and a listing must
 * name them; clients ask for {@code encoding-type=url} to be safe from them.
 *
 * <p>A page of 1,000 keys is written in one pass into one growing array. Element names are ASCII
 * and trusted. Not safe for use by several threads at once.
 */
public final class XmlWriter {
  /** The namespace of every S3 document except errors. */
  public static final String NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/";

  private static final byte[] DECLARATION =
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n".getBytes(US_ASCII);
  private static final byte[] HEX = "0123456789ABCDEF".getBytes(US_ASCII);
  private static final byte[] AMP = "&amp;".getBytes(US_ASCII);
  private static final byte[] LT = "&lt;".getBytes(US_ASCII);
  private static final byte[] GT = "&gt;".getBytes(US_ASCII);
  private static final byte[] QUOT = "&quot;".getBytes(US_ASCII);

  /** The most bytes that one char can become. */
  private static final int CHAR_BYTES_MAX = 6;

  private byte[] bytes;
  private int length;

  /**
   * A writer of one document.
   *
   * @param sizeHint about how many bytes it will have
   */
  public XmlWriter(int sizeHint) {
    bytes = new byte[Math.max(256, sizeHint)];
    raw(DECLARATION);
  }

  /** A small document whose root element has the S3 namespace. */
  public static XmlWriter document(String root) {
    return document(root, 1024);
  }

  /** A document whose root element has the S3 namespace. */
  public static XmlWriter document(String root, int sizeHint) {
    XmlWriter xml = new XmlWriter(sizeHint);
    xml.ascii('<', root, " xmlns=\"" + NAMESPACE + "\">");
    return xml;
  }

  /** Opens an element. */
  public XmlWriter open(String name) {
    ensure(name.length() + 2);
    bytes[length++] = '<';
    ascii(name);
    bytes[length++] = '>';
    return this;
  }

  /** Closes the element of that name; nesting is the caller's business. */
  public XmlWriter close(String name) {
    ensure(name.length() + 3);
    bytes[length++] = '<';
    bytes[length++] = '/';
    ascii(name);
    bytes[length++] = '>';
    return this;
  }

  /** An element with text. */
  public XmlWriter element(String name, String text) {
    return open(name).text(text).close(name);
  }

  /** An element with text; nothing at all when the text is null. */
  public XmlWriter optional(String name, @Nullable String text) {
    return text == null ? this : element(name, text);
  }

  /** An element with a decimal number. */
  public XmlWriter element(String name, long value) {
    return element(name, Long.toString(value));
  }

  /** An element with {@code true} or {@code false}. */
  public XmlWriter element(String name, boolean value) {
    return element(name, value ? "true" : "false");
  }

  /** An element with a time, in UTC to the millisecond. */
  public XmlWriter element(String name, Instant time) {
    return element(name, HttpDates.formatXml(time));
  }

  /** An {@code ETag} element. */
  public XmlWriter etag(String unquoted) {
    open("ETag").raw(QUOT);
    return text(unquoted).raw(QUOT).close("ETag");
  }

  /** Escaped text. An unpaired surrogate, which UTF-8 cannot carry, becomes U+FFFD. */
  public XmlWriter text(String text) {
    ensure(text.length());
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (isPlain(c)) {
        // Room for the rest at one byte each was made above, or after the last escape.
        bytes[length++] = (byte) c;
      } else {
        ensure(CHAR_BYTES_MAX + text.length() - i);
        if (c < 0x80) {
          escape(c);
        } else {
          i += beyondAscii(c, text, i);
        }
      }
    }
    return this;
  }

  private static boolean isPlain(char c) {
    return c >= ' ' && c < 0x7f && c != '<' && c != '>' && c != '&' && c != '"';
  }

  private void escape(char c) {
    switch (c) {
      case '&' -> raw(AMP);
      case '<' -> raw(LT);
      case '>' -> raw(GT);
      case '"' -> raw(QUOT);
      case '\n', '\t' -> bytes[length++] = (byte) c;
      default -> {
        bytes[length++] = '&';
        bytes[length++] = '#';
        bytes[length++] = 'x';
        if (c > 0xf) {
          bytes[length++] = HEX[c >> 4];
        }
        bytes[length++] = HEX[c & 0xf];
        bytes[length++] = ';';
      }
    }
  }

  /** Writes a character of two to four bytes; returns how many chars it had beyond the first. */
  private int beyondAscii(char c, String text, int at) {
    if (c < 0x800) {
      bytes[length++] = (byte) (0xc0 | (c >> 6));
      bytes[length++] = (byte) (0x80 | (c & 0x3f));
      return 0;
    }
    int codePoint = text.codePointAt(at);
    if (codePoint > 0xffff) {
      bytes[length++] = (byte) (0xf0 | (codePoint >> 18));
      bytes[length++] = (byte) (0x80 | ((codePoint >> 12) & 0x3f));
      bytes[length++] = (byte) (0x80 | ((codePoint >> 6) & 0x3f));
      bytes[length++] = (byte) (0x80 | (codePoint & 0x3f));
      return 1;
    }
    int unit = Character.isSurrogate(c) ? 0xfffd : codePoint;
    bytes[length++] = (byte) (0xe0 | (unit >> 12));
    bytes[length++] = (byte) (0x80 | ((unit >> 6) & 0x3f));
    bytes[length++] = (byte) (0x80 | (unit & 0x3f));
    return 0;
  }

  /** The document so far; it shares this writer's bytes, so nothing is written after it. */
  public ByteBuffer finish() {
    return ByteBuffer.wrap(bytes, 0, length).slice();
  }

  /** Closes the root and gives the document. */
  public ByteBuffer finish(String root) {
    return close(root).finish();
  }

  private void ascii(char first, String name, String last) {
    ensure(1 + name.length() + last.length());
    bytes[length++] = (byte) first;
    ascii(name);
    ascii(last);
  }

  /** Appends ASCII; the caller has made room. */
  @SuppressWarnings("deprecation") // The one copy of ASCII that needs neither encoder nor array.
  private void ascii(String text) {
    text.getBytes(0, text.length(), bytes, length);
    length += text.length();
  }

  private XmlWriter raw(byte[] ascii) {
    ensure(ascii.length);
    System.arraycopy(ascii, 0, bytes, length, ascii.length);
    length += ascii.length;
    return this;
  }

  private void ensure(int more) {
    if (bytes.length - length < more) {
      bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, length + more));
    }
  }
}

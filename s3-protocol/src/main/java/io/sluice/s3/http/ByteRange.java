package io.sluice.s3.http;

import io.sluice.s3.S3ErrorCode;
import io.sluice.s3.S3Exception;
import org.jspecify.annotations.Nullable;

/**
 * A {@code Range}: {@code bytes=first-last}, {@code bytes=first-} or {@code bytes=-suffix}.
 *
 * <p>As in AWS, a header that is malformed or names several ranges is ignored, and the whole object
 * is sent.
 */
public final class ByteRange {
  private static final long OPEN = -1;

  private final String requested;
  private final long first;
  private final long last;

  private ByteRange(String requested, long first, long last) {
    this.requested = requested;
    this.first = first;
    this.last = last;
  }

  /** The bytes of an object that a range stands for; both ends are included. */
  public record Resolved(long first, long last, long objectBytes) {
    public long lengthBytes() {
      return last - first + 1;
    }

    /** The value of {@code Content-Range}. */
    public String contentRange() {
      return "bytes " + first + '-' + last + '/' + objectBytes;
    }
  }

  /** Reads a {@code Range} header; null if it is not there, or is to be ignored. */
  public static @Nullable ByteRange parse(@Nullable String header) {
    if (header == null) {
      return null;
    }
    String text = header.strip();
    if (!text.regionMatches(true, 0, "bytes=", 0, 6)) {
      return null;
    }
    int dash = text.indexOf('-', 6);
    if (dash < 0) {
      return null;
    }
    long first = number(text, 6, dash);
    long last = number(text, dash + 1, text.length());
    boolean hasFirst = dash > 6;
    boolean hasLast = dash + 1 < text.length();
    if ((!hasFirst && !hasLast) || (hasFirst && first < 0) || (hasLast && last < 0)) {
      return null;
    }
    if (hasFirst && hasLast && first > last) {
      return null;
    }
    return new ByteRange(text, hasFirst ? first : OPEN, hasLast ? last : OPEN);
  }

  /**
   * What the range means for an object of this length.
   *
   * @throws S3Exception {@code InvalidRange} if none of it is there
   */
  public Resolved resolve(long objectBytes) {
    long from = first == OPEN ? Math.max(0, objectBytes - last) : first;
    long to = first == OPEN || last == OPEN ? objectBytes - 1 : Math.min(last, objectBytes - 1);
    if (from > to) {
      throw new S3Exception(S3ErrorCode.INVALID_RANGE)
          .with("RangeRequested", requested)
          .with("ActualObjectSize", Long.toString(objectBytes));
    }
    return new Resolved(from, to, objectBytes);
  }

  /**
   * Reads {@code x-amz-copy-source-range}, of which only {@code bytes=first-last} is allowed, and
   * all of it must be there.
   *
   * @throws S3Exception {@code InvalidArgument}
   */
  public static Resolved ofCopySource(String header, long objectBytes) {
    ByteRange range = parse(header);
    if (range == null || range.first == OPEN || range.last == OPEN) {
      throw copySource(
          header,
          "The x-amz-copy-source-range value must be of the form bytes=first-last where first and"
              + " last are the zero-based offsets of the first and last bytes to copy");
    }
    if (range.last >= objectBytes) {
      throw copySource(
          header, "Range specified is not valid for source object of size: " + objectBytes);
    }
    return new Resolved(range.first, range.last, objectBytes);
  }

  private static S3Exception copySource(String header, String message) {
    return new S3Exception(S3ErrorCode.INVALID_ARGUMENT, message)
        .with("ArgumentName", "x-amz-copy-source-range")
        .with("ArgumentValue", header);
  }

  /** A decimal number, cut to the largest long; -1 if there is none. */
  private static long number(String text, int from, int to) {
    long value = from < to ? 0 : -1;
    for (int i = from; i < to; i++) {
      int digit = text.charAt(i) - '0';
      if (digit < 0 || digit > 9) {
        return -1;
      }
      value = value > (Long.MAX_VALUE - digit) / 10 ? Long.MAX_VALUE : value * 10 + digit;
    }
    return value;
  }
}

package io.sluice.s3.http;

import io.sluice.s3.RequestHead;
import io.sluice.s3.S3ErrorCode;
import io.sluice.s3.S3Exception;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * User metadata: {@code x-amz-meta-*} headers.
 *
 * <p>Names are in lower case, without the prefix; values are text. On its way in, a value's bytes
 * are read as UTF-8, or as ISO-8859-1 if they aren't UTF-8, and encoded-words of RFC 2047 in it are
 * decoded. On its way out, a value of printable ASCII goes as it is, and any other as encoded-words
 * ({@code =?UTF-8?B?…?=}), as AWS documents it. AWS itself takes raw UTF-8 for ISO-8859-1, and so
 * returns its letters garbled; we don't copy that.
 *
 * @see <a
 *     href="https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html#UserMetadata">User-defined
 *     object metadata</a>
 */
public final class UserMetadata {
  public static final String PREFIX = "x-amz-meta-";

  /** The limit on all names and values together, in UTF-8, without the prefixes. */
  public static final int BYTES_MAX = 2048;

  private UserMetadata() {}

  /**
   * Reads the user metadata of a request; values of a repeated name are joined by commas.
   *
   * @return by name, in the order of names
   * @throws S3Exception {@code MetadataTooLarge}
   */
  public static Map<String, String> parse(RequestHead head) {
    Map<String, String> metadata = null;
    for (Map.Entry<String, String> field : head.headers()) {
      String header = field.getKey();
      if (header.regionMatches(true, 0, PREFIX, 0, PREFIX.length())) {
        metadata = metadata == null ? new TreeMap<>() : metadata;
        metadata.merge(
            header.substring(PREFIX.length()).toLowerCase(Locale.ROOT),
            decode(field.getValue()),
            (a, b) -> a + ',' + b);
      }
    }
    if (metadata == null) {
      return Map.of();
    }
    long bytes = 0;
    for (Map.Entry<String, String> entry : metadata.entrySet()) {
      bytes += entry.getKey().getBytes(StandardCharsets.UTF_8).length;
      bytes += entry.getValue().getBytes(StandardCharsets.UTF_8).length;
    }
    if (bytes > BYTES_MAX) {
      throw new S3Exception(S3ErrorCode.METADATA_TOO_LARGE)
          .with("Size", Long.toString(bytes))
          .with("MaxSizeAllowed", Integer.toString(BYTES_MAX));
    }
    return Collections.unmodifiableMap(metadata);
  }

  /** The text of a header value, given with one char a byte. */
  public static String decode(String value) {
    return EncodedWords.decode(EncodedWords.utf8OrLatin1(value.strip()));
  }

  /** The header value of a text, ASCII only. */
  public static String encode(String text) {
    return EncodedWords.encode(text);
  }
}

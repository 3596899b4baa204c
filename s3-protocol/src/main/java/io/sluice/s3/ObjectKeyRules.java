package io.sluice.s3;

import static java.nio.charset.StandardCharsets.UTF_8;

/**
 * What a key may be: 1 to 1,024 bytes of UTF-8 without NUL.
 *
 * @see <a href="https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html">Naming
 *     objects</a>
 */
public final class ObjectKeyRules {
  private static final int BYTES_MAX = 1024;

  /** The most bytes of UTF-8 that one char stands for. */
  private static final int CHAR_BYTES_MAX = 3;

  private ObjectKeyRules() {}

  /**
   * Checks a key that is not empty.
   *
   * @throws S3Exception KeyTooLongError, or InvalidURI for a NUL
   */
  public static void check(String key) {
    if (key.length() > BYTES_MAX / CHAR_BYTES_MAX) {
      int bytes = key.getBytes(UTF_8).length;
      if (bytes > BYTES_MAX) {
        throw new S3Exception(S3ErrorCode.KEY_TOO_LONG_ERROR)
            .with("Size", Integer.toString(bytes))
            .with("MaxSizeAllowed", Integer.toString(BYTES_MAX));
      }
    }
    if (key.indexOf('\0') >= 0) {
      throw new S3Exception(S3ErrorCode.INVALID_URI);
    }
  }
}

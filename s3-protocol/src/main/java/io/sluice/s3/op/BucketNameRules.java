package io.sluice.s3.op;

import io.sluice.s3.S3ErrorCode;
import io.sluice.s3.S3Exception;
import java.util.List;

/**
 * What a new bucket may be called.
 *
 * @see <a
 *     href="https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html">Bucket
 *     naming rules</a>
 */
public final class BucketNameRules {
  /** What is called so is a bucket of a snapshot. */
  private static final String SNAPSHOT_SUFFIX = "--snap";

  private static final List<String> RESERVED_PREFIXES = List.of("xn--", "sthree-", "amzn-s3-demo-");
  private static final List<String> RESERVED_SUFFIXES =
      List.of("-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3", SNAPSHOT_SUFFIX);

  private BucketNameRules() {}

  /**
   * Checks a name: 3 to 63 lower-case letters, digits, dots and hyphens, in labels that begin and
   * end with a letter or digit, not like an IPv4 address, and without the beginnings and endings
   * that AWS and this store reserve.
   *
   * @throws S3Exception InvalidBucketName
   */
  public static void check(String name) {
    if (name.length() < 3
        || name.length() > 63
        || !hasWholeLabels(name)
        || looksLikeAddress(name)
        || RESERVED_PREFIXES.stream().anyMatch(name::startsWith)
        || RESERVED_SUFFIXES.stream().anyMatch(name::endsWith)) {
      throw new S3Exception(S3ErrorCode.INVALID_BUCKET_NAME).with("BucketName", name);
    }
  }

  private static boolean hasWholeLabels(String name) {
    char before = '.';
    for (int i = 0; i < name.length(); i++) {
      char c = name.charAt(i);
      boolean inner = isLetterOrDigit(c) || (c == '-' && before != '.');
      boolean dot = c == '.' && isLetterOrDigit(before);
      if (!inner && !dot) {
        return false;
      }
      before = c;
    }
    return isLetterOrDigit(before);
  }

  private static boolean isLetterOrDigit(char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
  }

  private static boolean looksLikeAddress(String name) {
    int dots = 0;
    for (int i = 0; i < name.length(); i++) {
      char c = name.charAt(i);
      if (c == '.') {
        dots++;
      } else if (c < '0' || c > '9') {
        return false;
      }
    }
    return dots == 3;
  }
}

package io.sluice.storage;

/**
 * A bucket's name, checked against the rules of S3 for general purpose buckets: 3 to 63 characters
 * of {@code a-z 0-9 . -}, beginning and ending with a letter or digit, no two adjacent dots, not
 * formatted as an IPv4 address, and none of the reserved prefixes and suffixes.
 *
 * @see <a
 *     href="https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html">Bucket
 *     naming rules</a>
 */
public record BucketName(String value) implements Comparable<BucketName> {
  private static final int LENGTH_MIN = 3;
  private static final int LENGTH_MAX = 63;
  private static final String[] RESERVED_PREFIXES = {"xn--", "sthree-"};
  private static final String[] RESERVED_SUFFIXES = {
    "-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3", SnapshotViewName.SUFFIX
  };

  /**
   * Checks the rules.
   *
   * @throws IllegalArgumentException when the name breaks a rule
   */
  public BucketName {
    if (!isValid(value)) {
      throw new IllegalArgumentException("The specified bucket is not valid.");
    }
  }

  /** Whether {@code name} may name a bucket. */
  public static boolean isValid(String name) {
    int length = name.length();
    if (length < LENGTH_MIN || length > LENGTH_MAX) {
      return false;
    }
    for (int i = 0; i < length; i++) {
      char c = name.charAt(i);
      boolean edge = i == 0 || i == length - 1;
      if (!isLetterOrDigit(c) && (edge || (c != '-' && c != '.'))) {
        return false;
      }
      if (c == '.' && name.charAt(i - 1) == '.') {
        return false;
      }
    }
    return !looksLikeIpv4(name) && !isReserved(name);
  }

  private static boolean isLetterOrDigit(char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
  }

  private static boolean looksLikeIpv4(String name) {
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

  private static boolean isReserved(String name) {
    for (String prefix : RESERVED_PREFIXES) {
      if (name.startsWith(prefix)) {
        return true;
      }
    }
    for (String suffix : RESERVED_SUFFIXES) {
      if (name.endsWith(suffix)) {
        return true;
      }
    }
    return false;
  }

  @Override
  public int compareTo(BucketName other) {
    return value.compareTo(other.value);
  }

  @Override
  public String toString() {
    return value;
  }
}

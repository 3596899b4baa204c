package io.sluice.s3;

import org.jspecify.annotations.Nullable;

/**
 * A request whose operation is known.
 *
 * @param operation the row it was routed to, implemented or not
 * @param bucket the bucket as named, not checked against the naming rules; null at service level
 * @param key the object key, decoded and otherwise untouched: {@code //}, a leading {@code /} and
 *     {@code ../} are part of it; 1 to 1,024 bytes of UTF-8 without NUL; null unless at object
 *     level
 * @param query the decoded query
 */
public record RoutedRequest(
    S3Operation operation, @Nullable String bucket, @Nullable String key, QueryParameters query) {

  /**
   * The bucket of an operation at bucket or object level.
   *
   * @throws IllegalStateException at service level
   */
  public String requireBucket() {
    if (bucket == null) {
      throw new IllegalStateException(operation.awsName() + " has no bucket");
    }
    return bucket;
  }

  /**
   * The key of an operation at object level.
   *
   * @throws IllegalStateException at another level
   */
  public String requireKey() {
    if (key == null) {
      throw new IllegalStateException(operation.awsName() + " has no key");
    }
    return key;
  }
}

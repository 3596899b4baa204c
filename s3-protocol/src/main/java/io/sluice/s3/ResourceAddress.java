package io.sluice.s3;

import io.sluice.s3.http.PercentCoding;
import org.jspecify.annotations.Nullable;

/** The bucket and key that a request's path, and in virtual-host style its host, name. */
record ResourceAddress(@Nullable String bucket, @Nullable String key) {
  private static final ResourceAddress SERVICE = new ResourceAddress(null, null);

  ResourceLevel level() {
    if (bucket == null) {
      return ResourceLevel.SERVICE;
    }
    return key == null ? ResourceLevel.BUCKET : ResourceLevel.OBJECT;
  }

  /** {@code /bucket/key}, with everything after the second slash being the key. */
  static ResourceAddress ofPath(String rawPath) {
    requireAbsolute(rawPath);
    if (rawPath.length() == 1) {
      return SERVICE;
    }
    int slash = rawPath.indexOf('/', 1);
    int bucketEnd = slash < 0 ? rawPath.length() : slash;
    if (bucketEnd == 1) {
      throw new S3Exception(S3ErrorCode.INVALID_BUCKET_NAME).with("BucketName", "");
    }
    String bucket = PercentCoding.decodeUtf8(rawPath.substring(1, bucketEnd), false);
    return new ResourceAddress(bucket, key(rawPath, bucketEnd + 1));
  }

  /** {@code /key} in a bucket that the host named. */
  static ResourceAddress inBucket(String bucket, String rawPath) {
    requireAbsolute(rawPath);
    return new ResourceAddress(bucket, key(rawPath, 1));
  }

  private static void requireAbsolute(String rawPath) {
    if (rawPath.isEmpty() || rawPath.charAt(0) != '/') {
      throw new S3Exception(S3ErrorCode.INVALID_URI);
    }
  }

  private static @Nullable String key(String rawPath, int from) {
    if (from >= rawPath.length()) {
      return null;
    }
    String key = PercentCoding.decodeUtf8(rawPath.substring(from), false);
    ObjectKeyRules.check(key);
    return key;
  }
}

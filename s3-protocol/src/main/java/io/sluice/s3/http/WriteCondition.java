package io.sluice.s3.http;

import io.sluice.s3.RequestHead;
import io.sluice.s3.S3ErrorCode;
import io.sluice.s3.S3Exception;

/**
 * The condition under which PutObject and CompleteMultipartUpload write. Whether it holds is
 * decided where the write is applied, not here.
 */
public sealed interface WriteCondition {
  /** Write whatever is there. */
  record Always() implements WriteCondition {}

  /** Only if there is no object of that key: {@code If-None-Match: *}. */
  record IfAbsent() implements WriteCondition {}

  /** Only if there is an object of that key: {@code If-Match: *}. */
  record IfPresent() implements WriteCondition {}

  /**
   * Only if the object there has this ETag: {@code If-Match}.
   *
   * @param etag without quotes
   */
  record IfMatch(String etag) implements WriteCondition {}

  /**
   * Reads the condition of a write.
   *
   * @throws S3Exception {@code NotImplemented} for what AWS does not take: any other value of
   *     {@code If-None-Match}, more than one ETag, or both headers
   */
  static WriteCondition parse(RequestHead head) {
    String noneMatch = head.header("if-none-match");
    String match = head.header("if-match");
    if (noneMatch != null) {
      if (match != null || !EntityTags.parse(noneMatch).any()) {
        throw notImplemented("If-None-Match");
      }
      return new IfAbsent();
    }
    if (match == null) {
      return new Always();
    }
    EntityTags tags = EntityTags.parse(match);
    if (tags.any()) {
      return new IfPresent();
    }
    if (tags.tags().size() != 1 || tags.tags().get(0).weak()) {
      throw notImplemented("If-Match");
    }
    return new IfMatch(tags.tags().get(0).value());
  }

  private static S3Exception notImplemented(String header) {
    return new S3Exception(
            S3ErrorCode.NOT_IMPLEMENTED,
            "A header you provided implies functionality that is not implemented")
        .with("Header", header);
  }
}

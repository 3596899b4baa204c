package io.sluice.s3.op;

import io.sluice.s3.RequestHead;
import io.sluice.s3.RoutedRequest;
import io.sluice.s3.S3Exception;
import io.sluice.s3.http.WriteCondition;
import org.jspecify.annotations.Nullable;

/**
 * DeleteObject.
 *
 * @param versionId null for the current version
 */
public record DeleteObjectInput(
    String bucket, String key, @Nullable String versionId, WriteCondition condition) {
  /**
   * Reads a request.
   *
   * @throws S3Exception InvalidArgument, NotImplemented
   */
  public static DeleteObjectInput decode(RoutedRequest request, RequestHead head) {
    UnsupportedHeaders.refuse(head);
    return new DeleteObjectInput(
        request.requireBucket(),
        request.requireKey(),
        Fields.versionId(request.query()),
        WriteConditions.ofDelete(head));
  }
}

package io.sluice.s3.op;

import io.sluice.s3.RequestHead;
import io.sluice.s3.RoutedRequest;
import io.sluice.s3.S3Exception;
import org.jspecify.annotations.Nullable;

/**
 * GetObjectTagging.
 *
 * @param versionId null for the current version
 */
public record GetObjectTaggingInput(String bucket, String key, @Nullable String versionId) {

  /**
   * Reads a request.
   *
   * @throws S3Exception InvalidArgument, NotImplemented
   */
  public static GetObjectTaggingInput decode(RoutedRequest request, RequestHead head) {
    UnsupportedHeaders.refuse(head);
    return new GetObjectTaggingInput(
        request.requireBucket(), request.requireKey(), Fields.versionId(request.query()));
  }
}

package io.sluice.s3.op;

import io.sluice.s3.RequestHead;
import io.sluice.s3.RoutedRequest;
import io.sluice.s3.S3Exception;

/** AbortMultipartUpload. */
public record AbortMultipartUploadInput(String bucket, String key, String uploadId) {
  /**
   * Reads a request.
   *
   * @throws S3Exception NoSuchUpload, NotImplemented
   */
  public static AbortMultipartUploadInput decode(RoutedRequest request, RequestHead head) {
    UnsupportedHeaders.refuse(head);
    return new AbortMultipartUploadInput(
        request.requireBucket(), request.requireKey(), Fields.uploadId(request.query()));
  }
}

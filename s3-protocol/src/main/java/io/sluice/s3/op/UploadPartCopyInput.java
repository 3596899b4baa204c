package io.sluice.s3.op;

import io.sluice.s3.RequestHead;
import io.sluice.s3.RoutedRequest;
import io.sluice.s3.S3Exception;
import io.sluice.s3.http.Preconditions;
import org.jspecify.annotations.Nullable;

/**
 * UploadPartCopy.
 *
 * @param partNumber 1 to 10,000
 * @param sourceRange {@code bytes=first-last} as sent, which can only be read with the source's
 *     size (see {@link io.sluice.s3.http.ByteRange#ofCopySource}); null for the whole source
 */
public record UploadPartCopyInput(
    String bucket,
    String key,
    String uploadId,
    int partNumber,
    CopySource source,
    @Nullable String sourceRange,
    Preconditions sourceConditions) {

  /**
   * Reads a request.
   *
   * @throws S3Exception InvalidArgument, NoSuchUpload, NotImplemented
   */
  public static UploadPartCopyInput decode(RoutedRequest request, RequestHead head) {
    UnsupportedHeaders.refuse(head);
    return new UploadPartCopyInput(
        request.requireBucket(),
        request.requireKey(),
        Fields.uploadId(request.query()),
        Fields.partNumber(request.query()),
        CopySource.of(head),
        Fields.header(head, "x-amz-copy-source-range"),
        Preconditions.ofCopySource(head));
  }
}

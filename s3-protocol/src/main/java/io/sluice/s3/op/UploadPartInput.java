package io.sluice.s3.op;

import io.sluice.s3.RequestHead;
import io.sluice.s3.RoutedRequest;
import io.sluice.s3.S3Exception;
import io.sluice.s3.checksum.ContentMd5;
import io.sluice.s3.checksum.DeclaredChecksum;
import org.jspecify.annotations.Nullable;

/**
 * UploadPart; the bytes come separately.
 *
 * @param partNumber 1 to 10,000
 * @param checksum what the client declares for the bytes, or null
 * @param contentMd5 what the client declares for the bytes, or null
 */
public record UploadPartInput(
    String bucket,
    String key,
    String uploadId,
    int partNumber,
    @Nullable DeclaredChecksum checksum,
    @Nullable ContentMd5 contentMd5) {

  /**
   * Reads a request.
   *
   * @throws S3Exception InvalidArgument, NoSuchUpload, InvalidRequest, InvalidDigest,
   *     NotImplemented
   */
  public static UploadPartInput decode(RoutedRequest request, RequestHead head) {
    UnsupportedHeaders.refuse(head);
    return new UploadPartInput(
        request.requireBucket(),
        request.requireKey(),
        Fields.uploadId(request.query()),
        Fields.partNumber(request.query()),
        DeclaredChecksum.parse(head),
        ContentMd5.parse(head));
  }
}

package io.sluice.s3.op;

import io.sluice.s3.RequestHead;
import io.sluice.s3.RoutedRequest;
import io.sluice.s3.S3Exception;
import io.sluice.s3.checksum.UploadChecksum;
import org.jspecify.annotations.Nullable;

/**
 * CreateMultipartUpload.
 *
 * @param checksum that parts and object are to have; null when the client names none
 */
public record CreateMultipartUploadInput(
    String bucket,
    String key,
    ObjectMetadata metadata,
    String storageClass,
    @Nullable UploadChecksum checksum) {

  /**
   * Reads a request.
   *
   * @throws S3Exception NotImplemented, InvalidStorageClass, MetadataTooLarge; InvalidRequest for a
   *     checksum type without an algorithm, or one that does not go with it
   */
  public static CreateMultipartUploadInput decode(RoutedRequest request, RequestHead head) {
    UnsupportedHeaders.refuse(head);
    return new CreateMultipartUploadInput(
        request.requireBucket(),
        request.requireKey(),
        ObjectMetadata.of(head),
        StorageClasses.of(head),
        UploadChecksum.parse(head));
  }
}

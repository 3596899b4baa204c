package io.sluice.s3.op;

import io.sluice.s3.RequestHead;
import io.sluice.s3.RoutedRequest;
import io.sluice.s3.S3Exception;
import io.sluice.s3.checksum.ChecksumAlgorithm;
import io.sluice.s3.checksum.ChecksumType;
import org.jspecify.annotations.Nullable;

/**
 * CreateMultipartUpload.
 *
 * @param checksumAlgorithm null when the client names none
 * @param checksumType null exactly when there is no algorithm
 */
public record CreateMultipartUploadInput(
    String bucket,
    String key,
    ObjectMetadata metadata,
    String storageClass,
    @Nullable ChecksumAlgorithm checksumAlgorithm,
    @Nullable ChecksumType checksumType) {

  /**
   * Reads a request.
   *
   * @throws S3Exception NotImplemented, InvalidStorageClass, MetadataTooLarge; InvalidRequest for a
   *     checksum type without an algorithm, or one that does not go with it
   */
  public static CreateMultipartUploadInput decode(RoutedRequest request, RequestHead head) {
    UnsupportedHeaders.refuse(head);
    ChecksumAlgorithm algorithm = Fields.checksumAlgorithm(head);
    ChecksumType type = Fields.checksumType(head);
    if (type != null && algorithm == null) {
      throw Fields.invalidRequest(
          "The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm"
              + " header.");
    }
    return new CreateMultipartUploadInput(
        request.requireBucket(),
        request.requireKey(),
        ObjectMetadata.of(head),
        StorageClasses.of(head),
        algorithm,
        algorithm == null ? null : algorithm.typeFor(type));
  }
}

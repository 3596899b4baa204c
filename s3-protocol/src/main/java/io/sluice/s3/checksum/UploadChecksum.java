package io.sluice.s3.checksum;

import io.sluice.s3.RequestHead;
import io.sluice.s3.S3ErrorCode;
import io.sluice.s3.S3Exception;
import org.jspecify.annotations.Nullable;

/** The checksum that a CreateMultipartUpload asks for: its parts and its object will have it. */
public record UploadChecksum(ChecksumAlgorithm algorithm, ChecksumType type) {

  /**
   * Reads {@code x-amz-checksum-algorithm} and {@code x-amz-checksum-type}; null if the upload asks
   * for no checksum.
   *
   * @throws S3Exception {@code InvalidRequest} if either is unknown, or the two don't go together
   */
  public static @Nullable UploadChecksum parse(RequestHead head) {
    String algorithmHeader = head.header("x-amz-checksum-algorithm");
    String typeHeader = head.header("x-amz-checksum-type");
    if (algorithmHeader == null) {
      if (typeHeader != null) {
        throw new S3Exception(
            S3ErrorCode.INVALID_REQUEST,
            "The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm"
                + " header.");
      }
      return null;
    }
    ChecksumAlgorithm algorithm = ChecksumAlgorithm.parse(algorithmHeader.strip());
    ChecksumType asked = typeHeader == null ? null : ChecksumType.parse(typeHeader.strip());
    return new UploadChecksum(algorithm, algorithm.typeFor(asked));
  }
}

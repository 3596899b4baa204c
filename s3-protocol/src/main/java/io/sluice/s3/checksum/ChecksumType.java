package io.sluice.s3.checksum;

import io.sluice.s3.S3ErrorCode;
import io.sluice.s3.S3Exception;

/** What the checksum of a multipart object is made of. */
public enum ChecksumType {
  /** The checksum of the parts' checksums, written with the number of parts: {@code value-N}. */
  COMPOSITE,
  /** The checksum of the whole object's bytes. */
  FULL_OBJECT;

  /**
   * Reads {@code x-amz-checksum-type}.
   *
   * @throws S3Exception {@code InvalidRequest}
   */
  public static ChecksumType parse(String wireName) {
    for (ChecksumType type : values()) {
      if (type.name().equals(wireName)) {
        return type;
      }
    }
    throw new S3Exception(
        S3ErrorCode.INVALID_REQUEST, "Value for x-amz-checksum-type header is invalid.");
  }
}

package io.sluice.gateway.object;

import io.sluice.gateway.pipe.BodyTerms;
import io.sluice.s3.S3ErrorCode;
import io.sluice.s3.S3Exception;

/** How much one copy may move. */
final class CopySizes {
  private CopySizes() {}

  /**
   * Refuses what is longer than one request could have brought.
   *
   * @throws S3Exception InvalidRequest, in AWS's words
   */
  static void check(long length) {
    if (length > BodyTerms.PAYLOAD_BYTES_MAX) {
      throw new S3Exception(
          S3ErrorCode.INVALID_REQUEST,
          "The specified copy source is larger than the maximum allowable size for a copy source: "
              + BodyTerms.PAYLOAD_BYTES_MAX);
    }
  }
}

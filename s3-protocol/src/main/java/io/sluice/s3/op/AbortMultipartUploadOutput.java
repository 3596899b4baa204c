package io.sluice.s3.op;

import io.sluice.s3.S3Response;

/** The upload and its parts are gone. */
public record AbortMultipartUploadOutput() {
  public S3Response encode() {
    return S3Response.of(204);
  }
}

package io.sluice.s3.op;

import io.sluice.s3.S3Response;

/** The bucket is gone. */
public record DeleteBucketOutput() {
  public S3Response encode() {
    return S3Response.of(204);
  }
}

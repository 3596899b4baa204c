package io.sluice.s3.op;

import io.sluice.s3.S3Response;
import java.util.Map;

/** The bucket is there, and the caller may read it. */
public record HeadBucketOutput(String region) {
  public S3Response encode() {
    return S3Response.of(
        200, Map.of("x-amz-bucket-region", region, "x-amz-access-point-alias", "false"));
  }
}

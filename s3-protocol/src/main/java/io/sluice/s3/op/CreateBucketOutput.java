package io.sluice.s3.op;

import io.sluice.s3.S3Response;
import java.util.Map;

/** The bucket is there. */
public record CreateBucketOutput(String bucket) {
  public S3Response encode() {
    return S3Response.of(200, Map.of("Location", "/" + bucket));
  }
}

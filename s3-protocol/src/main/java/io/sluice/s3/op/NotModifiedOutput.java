package io.sluice.s3.op;

import io.sluice.s3.S3Response;
import io.sluice.s3.http.HttpDates;
import java.time.Instant;
import java.util.Map;

/** A conditional read of what the client already has: 304, without a body. */
public record NotModifiedOutput(String etag, Instant lastModified) {
  public S3Response encode() {
    return S3Response.of(
        304, Map.of("ETag", Fields.quoted(etag), "Last-Modified", HttpDates.format(lastModified)));
  }
}

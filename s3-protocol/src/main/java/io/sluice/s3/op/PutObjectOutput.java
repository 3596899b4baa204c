package io.sluice.s3.op;

import io.sluice.s3.S3Response;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The object is stored.
 *
 * @param versionId null in a bucket that has never had versioning
 */
public record PutObjectOutput(
    String etag, @Nullable ObjectChecksum checksum, @Nullable String versionId) {
  public S3Response encode() {
    Map<String, String> headers = new LinkedHashMap<>();
    headers.put("ETag", Fields.quoted(etag));
    if (checksum != null) {
      checksum.addHeaders(headers);
    }
    if (versionId != null) {
      headers.put("x-amz-version-id", versionId);
    }
    return S3Response.of(200, headers);
  }
}

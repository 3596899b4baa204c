package io.sluice.s3.op;

import io.sluice.s3.S3Response;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The object is gone, or was not there.
 *
 * @param deleteMarker whether what was deleted or made is a delete marker
 * @param versionId of what was deleted or made; null in a bucket without versioning
 */
public record DeleteObjectOutput(boolean deleteMarker, @Nullable String versionId) {
  public S3Response encode() {
    Map<String, String> headers = new LinkedHashMap<>();
    if (deleteMarker) {
      headers.put("x-amz-delete-marker", "true");
    }
    if (versionId != null) {
      headers.put("x-amz-version-id", versionId);
    }
    return S3Response.of(204, headers);
  }
}

package io.sluice.s3.op;

import io.sluice.s3.S3Response;
import io.sluice.s3.xml.XmlWriter;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The copy is stored.
 *
 * @param versionId of the copy; null in a bucket without versioning
 * @param sourceVersionId of what was copied; null in a bucket without versioning
 */
public record CopyObjectOutput(
    String etag,
    Instant lastModified,
    @Nullable ObjectChecksum checksum,
    @Nullable String versionId,
    @Nullable String sourceVersionId) {
  private static final String ROOT = "CopyObjectResult";

  public S3Response encode() {
    XmlWriter xml = XmlWriter.document(ROOT).element("LastModified", lastModified).etag(etag);
    if (checksum != null) {
      checksum.addElements(xml);
    }
    Map<String, String> headers = new LinkedHashMap<>();
    if (versionId != null) {
      headers.put("x-amz-version-id", versionId);
    }
    if (sourceVersionId != null) {
      headers.put("x-amz-copy-source-version-id", sourceVersionId);
    }
    return S3Response.xml(200, headers, xml.finish(ROOT));
  }
}

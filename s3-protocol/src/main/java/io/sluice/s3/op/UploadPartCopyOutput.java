package io.sluice.s3.op;

import io.sluice.s3.S3Response;
import io.sluice.s3.checksum.ChecksumValue;
import io.sluice.s3.xml.XmlWriter;
import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The part is stored.
 *
 * @param sourceVersionId of what was copied; null in a bucket without versioning
 */
public record UploadPartCopyOutput(
    String etag,
    Instant lastModified,
    @Nullable ChecksumValue checksum,
    @Nullable String sourceVersionId) {
  private static final String ROOT = "CopyPartResult";

  public S3Response encode() {
    XmlWriter xml = XmlWriter.document(ROOT).element("LastModified", lastModified).etag(etag);
    if (checksum != null) {
      xml.element(checksum.algorithm().xmlName(), checksum.base64());
    }
    Map<String, String> headers =
        sourceVersionId == null
            ? Map.of()
            : Map.of("x-amz-copy-source-version-id", sourceVersionId);
    return S3Response.xml(200, headers, xml.finish(ROOT));
  }
}

package io.sluice.s3.op;

import io.sluice.s3.S3Response;
import io.sluice.s3.xml.XmlWriter;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The parts have become an object.
 *
 * @param location the URL of the object
 * @param versionId null in a bucket without versioning
 */
public record CompleteMultipartUploadOutput(
    String location,
    String bucket,
    String key,
    String etag,
    @Nullable ObjectChecksum checksum,
    @Nullable String versionId) {
  private static final String ROOT = "CompleteMultipartUploadResult";

  public S3Response encode() {
    XmlWriter xml =
        XmlWriter.document(ROOT)
            .element("Location", location)
            .element("Bucket", bucket)
            .element("Key", key)
            .etag(etag);
    if (checksum != null) {
      checksum.addElements(xml);
    }
    Map<String, String> headers =
        versionId == null ? Map.of() : Map.of("x-amz-version-id", versionId);
    return S3Response.xml(200, headers, xml.finish(ROOT));
  }
}

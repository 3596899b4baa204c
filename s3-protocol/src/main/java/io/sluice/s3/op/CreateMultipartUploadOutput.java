package io.sluice.s3.op;

import io.sluice.s3.S3Response;
import io.sluice.s3.checksum.UploadChecksum;
import io.sluice.s3.xml.XmlWriter;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The upload has begun. */
public record CreateMultipartUploadOutput(
    String bucket, String key, String uploadId, @Nullable UploadChecksum checksum) {
  private static final String ROOT = "InitiateMultipartUploadResult";

  public S3Response encode() {
    Map<String, String> headers = new LinkedHashMap<>();
    if (checksum != null) {
      headers.put("x-amz-checksum-algorithm", checksum.algorithm().wireName());
      headers.put("x-amz-checksum-type", checksum.type().name());
    }
    XmlWriter xml =
        XmlWriter.document(ROOT)
            .element("Bucket", bucket)
            .element("Key", key)
            .element("UploadId", uploadId);
    return S3Response.xml(200, headers, xml.finish(ROOT));
  }
}

package io.sluice.s3.op;

import io.sluice.s3.S3Response;
import io.sluice.s3.checksum.ChecksumValue;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The part is stored. */
public record UploadPartOutput(String etag, @Nullable ChecksumValue checksum) {
  public S3Response encode() {
    Map<String, String> headers = new LinkedHashMap<>();
    headers.put("ETag", Fields.quoted(etag));
    if (checksum != null) {
      headers.put(checksum.algorithm().headerName(), checksum.base64());
    }
    return S3Response.of(200, headers);
  }
}

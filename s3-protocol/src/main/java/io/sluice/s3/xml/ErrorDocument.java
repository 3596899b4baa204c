package io.sluice.s3.xml;

import io.sluice.s3.S3Exception;
import java.nio.ByteBuffer;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The body of an error answer. It has no namespace, unlike every other S3 document. */
public final class ErrorDocument {
  private ErrorDocument() {}

  /**
   * Writes an error.
   *
   * @param resource the path that was asked for, decoded; null when it could not be read
   * @param hostId tells which node answered
   */
  public static ByteBuffer encode(
      S3Exception error, @Nullable String resource, String requestId, String hostId) {
    XmlWriter xml = new XmlWriter(512).open("Error");
    xml.element("Code", error.code().wireName()).element("Message", error.message());
    for (Map.Entry<String, String> field : error.fields().entrySet()) {
      xml.element(field.getKey(), field.getValue());
    }
    return xml.optional("Resource", resource)
        .element("RequestId", requestId)
        .element("HostId", hostId)
        .finish("Error");
  }
}

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
      xml.element(field.getKey(), printable(field.getValue()));
    }
    return xml.optional("Resource", resource == null ? null : printable(resource))
        .element("RequestId", requestId)
        .element("HostId", hostId)
        .finish("Error");
  }

  /**
   * What a client sent may hold control characters, which no XML document can: not even as a
   * reference. Unlike a listing, an error is not worth a document that strict parsers refuse.
   */
  private static String printable(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (!isXml(text.charAt(i))) {
        return replaced(text);
      }
    }
    return text;
  }

  private static String replaced(String text) {
    StringBuilder out = new StringBuilder(text.length());
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      out.append(isXml(c) ? c : '\uFFFD');
    }
    return out.toString();
  }

  private static boolean isXml(char c) {
    return c >= ' ' ? c < '\uFFFE' : c == '\n' || c == '\t' || c == '\r';
  }
}

package io.sluice.s3;

import java.nio.ByteBuffer;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What an operation answers, ready to be written: a status, header fields in order, and a body that
 * is already bytes. A download has an empty body here; its bytes are streamed after the head.
 *
 * @param headers without {@code Content-Length}, except where it is not that of {@code body}
 *     (downloads, and answers to HEAD)
 * @param body never copied; a reader takes a {@link ByteBuffer#duplicate()}
 */
public record S3Response(int status, Map<String, String> headers, ByteBuffer body) {
  private static final ByteBuffer NO_BYTES = ByteBuffer.allocate(0);

  /** The Content-Type of every XML answer. */
  public static final String XML_TYPE = "application/xml";

  public S3Response {
    headers = Collections.unmodifiableMap(headers);
  }

  /** An answer without a body. */
  public static S3Response of(int status, Map<String, String> headers) {
    return new S3Response(status, headers, NO_BYTES);
  }

  /** An answer without header fields of its own or a body. */
  public static S3Response of(int status) {
    return of(status, Map.of());
  }

  /** 200 with an XML document. */
  public static S3Response xml(ByteBuffer document) {
    return xml(200, Map.of(), document);
  }

  /** An XML document. */
  public static S3Response xml(int status, Map<String, String> headers, ByteBuffer document) {
    Map<String, String> all = new LinkedHashMap<>(headers);
    all.put("Content-Type", XML_TYPE);
    return new S3Response(status, all, document);
  }
}

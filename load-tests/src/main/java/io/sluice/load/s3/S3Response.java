package io.sluice.load.s3;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.net.http.HttpHeaders;
import java.util.Map;
import java.util.Optional;

/** A response whose body is in memory. */
public final class S3Response {

  private final int status;
  private final HttpHeaders headers;
  private final byte[] body;

  S3Response(int status, HttpHeaders headers, byte[] body) {
    this.status = status;
    this.headers = headers;
    this.body = body;
  }

  /** A response without headers. */
  S3Response(int status, byte[] body) {
    this(status, HttpHeaders.of(Map.of(), (name, value) -> true), body);
  }

  public int status() {
    return status;
  }

  public boolean isSuccess() {
    return status >= 200 && status < 300;
  }

  /** With its quotes; empty when there was none. */
  public String etag() {
    return headers.firstValue("etag").orElse("");
  }

  /**
   * The Content-Length header in bytes, which for HEAD is not the body's; -1 when there was none.
   */
  public long contentLength() {
    return headers.firstValueAsLong("content-length").orElse(-1);
  }

  public HttpHeaders headers() {
    return headers;
  }

  /** The body itself, not a copy. */
  public byte[] body() {
    return body;
  }

  public String text() {
    return new String(body, UTF_8);
  }

  /** The error code of S3's XML error body, if there is one. */
  public Optional<String> errorCode() {
    // Bodies of objects are not looked through.
    return text().startsWith("<") && text().contains("<Error>")
        ? Xml.firstText(text(), "Code")
        : Optional.empty();
  }

  @Override
  public String toString() {
    return isSuccess()
        ? Integer.toString(status)
        : status + errorCode().map(c -> " " + c).orElse("");
  }
}

package io.sluice.load.s3;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Optional;

/** A response whose body is in memory. */
public record S3Response(int status, String etag, long contentLength, byte[] body) {

  public boolean isSuccess() {
    return status >= 200 && status < 300;
  }

  /** The error code of S3's XML error body, if there is one. */
  public Optional<String> errorCode() {
    return Xml.firstText(text(), "Code");
  }

  public String text() {
    return new String(body, UTF_8);
  }

  @Override
  public String toString() {
    return status + errorCode().map(code -> " " + code).orElse("");
  }
}

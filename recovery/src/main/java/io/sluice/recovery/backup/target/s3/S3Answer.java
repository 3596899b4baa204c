package io.sluice.recovery.backup.target.s3;

import java.net.http.HttpHeaders;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** What an endpoint answered, whole. */
final class S3Answer {
  private final int status;
  private final HttpHeaders headers;
  private final byte[] body;

  S3Answer(int status, HttpHeaders headers, byte[] body) {
    this.status = status;
    this.headers = headers;
    this.body = body;
  }

  int status() {
    return status;
  }

  boolean isGood() {
    return status / 100 == 2;
  }

  /** The first value of a header; null when it is not there. */
  @Nullable String header(String name) {
    return headers.firstValue(name).orElse(null);
  }

  /** The body; the caller must not change it. */
  byte[] body() {
    return body;
  }

  /** The body without the blanks that keep a connection alive until a long work is done. */
  byte[] document() {
    int begin = 0;
    while (begin < body.length && Character.isWhitespace(body[begin])) {
      begin++;
    }
    return begin == 0 ? body : Arrays.copyOfRange(body, begin, body.length);
  }
}

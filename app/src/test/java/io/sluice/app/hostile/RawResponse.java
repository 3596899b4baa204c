package io.sluice.app.hostile;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A response as it came, its body read to the end that its head declares. */
final class RawResponse {
  private final int status;
  private final List<Map.Entry<String, String>> headers;
  private final byte[] body;

  RawResponse(int status, List<Map.Entry<String, String>> headers, byte[] body) {
    this.status = status;
    this.headers = List.copyOf(headers);
    this.body = body;
  }

  int status() {
    return status;
  }

  /** The first value of a header, whatever its case; null when there is none. */
  @Nullable String header(String name) {
    for (Map.Entry<String, String> field : headers) {
      if (field.getKey().equalsIgnoreCase(name)) {
        return field.getValue();
      }
    }
    return null;
  }

  byte[] body() {
    return body;
  }

  String text() {
    return new String(body, UTF_8);
  }

  /** The text of the first element of that name; null when there is none. */
  @Nullable String xml(String element) {
    String text = text();
    int open = text.indexOf("<" + element + ">");
    int from = open + element.length() + 2;
    return open < 0 ? null : text.substring(from, text.indexOf("</" + element + ">", from));
  }

  /** Whether the server said that it will close the connection. */
  boolean announcesClose() {
    return "close".equalsIgnoreCase(header("Connection"));
  }

  @Override
  public String toString() {
    return status + " " + headers + "\n" + text();
  }
}

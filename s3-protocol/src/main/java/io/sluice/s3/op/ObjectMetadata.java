package io.sluice.s3.op;

import io.sluice.s3.RequestHead;
import io.sluice.s3.http.UserMetadata;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a client stores beside an object's bytes and gets back with them.
 *
 * @param contentHeaders by name as written in answers: Cache-Control, Content-Disposition,
 *     Content-Encoding (without {@code aws-chunked}, which is of the transfer), Content-Language,
 *     Content-Type, Expires; only those that were sent
 * @param userMetadata the {@code x-amz-meta-} headers: name in lower case without that prefix,
 *     value as sent (repeated headers joined by commas)
 */
public record ObjectMetadata(Map<String, String> contentHeaders, Map<String, String> userMetadata) {

  /** The type of an object whose client named none. */
  public static final String DEFAULT_CONTENT_TYPE = "binary/octet-stream";

  private static final List<String> CONTENT_HEADERS =
      List.of(
          "Cache-Control",
          "Content-Disposition",
          "Content-Encoding",
          "Content-Language",
          "Content-Type",
          "Expires");

  static ObjectMetadata of(RequestHead head) {
    Map<String, String> content = new LinkedHashMap<>();
    for (String name : CONTENT_HEADERS) {
      String value =
          name.equals("Content-Encoding") ? contentEncoding(head) : Fields.header(head, name);
      if (value != null) {
        content.put(name, value);
      }
    }
    content.putIfAbsent("Content-Type", DEFAULT_CONTENT_TYPE);
    return new ObjectMetadata(content, UserMetadata.parse(head));
  }

  private static @Nullable String contentEncoding(RequestHead head) {
    List<String> kept = new ArrayList<>();
    for (String line : head.headers("content-encoding")) {
      for (String coding : line.split(",", -1)) {
        String token = coding.strip();
        if (!token.isEmpty() && !token.equalsIgnoreCase("aws-chunked")) {
          kept.add(token);
        }
      }
    }
    return kept.isEmpty() ? null : String.join(",", kept);
  }

  /** Adds what was stored to an answer's headers. */
  void addHeaders(Map<String, String> headers) {
    headers.putAll(contentHeaders);
    userMetadata.forEach(
        (name, value) -> headers.put(UserMetadata.PREFIX + name, UserMetadata.encode(value)));
  }
}

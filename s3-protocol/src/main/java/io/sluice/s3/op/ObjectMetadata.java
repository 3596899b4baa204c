package io.sluice.s3.op;

import io.sluice.s3.RequestHead;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
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

  static final String USER_PREFIX = "x-amz-meta-";

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
    return new ObjectMetadata(content, userMetadata(head));
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

  private static Map<String, String> userMetadata(RequestHead head) {
    Map<String, String> metadata = null;
    int prefix = USER_PREFIX.length();
    for (Map.Entry<String, String> field : head.headers()) {
      String name = field.getKey();
      if (name.length() > prefix && name.regionMatches(true, 0, USER_PREFIX, 0, prefix)) {
        if (metadata == null) {
          metadata = new LinkedHashMap<>();
        }
        metadata.merge(
            name.substring(prefix).toLowerCase(Locale.ROOT),
            field.getValue().strip(),
            (one, more) -> one + "," + more);
      }
    }
    return metadata == null ? Map.of() : metadata;
  }

  /** Adds what was stored to an answer's headers. */
  void addHeaders(Map<String, String> headers) {
    headers.putAll(contentHeaders);
    userMetadata.forEach((name, value) -> headers.put(USER_PREFIX + name, value));
  }
}

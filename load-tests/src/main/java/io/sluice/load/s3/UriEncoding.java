package io.sluice.load.s3;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Map;
import java.util.TreeMap;

/**
 * Percent-encoding as Signature V4 wants it: everything but unreserved characters, upper-case hex.
 */
public final class UriEncoding {

  private static final String UNRESERVED =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";

  private UriEncoding() {}

  /** A key or a path; slashes stay. */
  public static String path(String text) {
    return encode(text, UNRESERVED + '/');
  }

  /** A query parameter's name or value. */
  public static String component(String text) {
    return encode(text, UNRESERVED);
  }

  /** The canonical query, which is also sent as it is: sorted by encoded name, {@code a=1&b=}. */
  public static String query(Map<String, String> parameters) {
    TreeMap<String, String> sorted = new TreeMap<>();
    parameters.forEach((name, value) -> sorted.put(component(name), component(value)));
    StringBuilder query = new StringBuilder();
    sorted.forEach(
        (name, value) ->
            query.append(query.isEmpty() ? "" : "&").append(name).append('=').append(value));
    return query.toString();
  }

  private static String encode(String text, String kept) {
    StringBuilder encoded = new StringBuilder(text.length() + 16);
    for (byte octet : text.getBytes(UTF_8)) {
      char character = (char) (octet & 0xff);
      if (kept.indexOf(character) >= 0) {
        encoded.append(character);
      } else {
        encoded.append(String.format("%%%02X", octet & 0xff));
      }
    }
    return encoded.toString();
  }
}

package io.sluice.storage;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Optional;

/**
 * Where the URL of a mirror points to at an S3 endpoint, as far as it tells one place from another:
 * {@code s3://BUCKET/PREFIX?endpoint=https://HOST:PORT}. Immutable; any thread.
 *
 * @param endpoint scheme, host and port; empty for AWS, where a bucket's name is one of its own
 * @param prefix empty, or ends with a slash
 */
public record S3Place(String endpoint, String bucket, String prefix) {
  private static final String SCHEME = "s3://";
  private static final String ENDPOINT = "endpoint=";

  /** The place of a URL; empty where it is none at an S3 endpoint. */
  public static Optional<S3Place> of(String url) {
    if (!url.startsWith(SCHEME)) {
      return Optional.empty();
    }
    int question = url.indexOf('?');
    String path = url.substring(SCHEME.length(), question < 0 ? url.length() : question);
    String parameters = question < 0 ? "" : url.substring(question + 1);
    int slash = path.indexOf('/');
    String bucket = slash < 0 ? path : path.substring(0, slash);
    String prefix = slash < 0 ? "" : path.substring(slash + 1);
    if (!prefix.isEmpty() && !prefix.endsWith("/")) {
      prefix += "/";
    }
    return Optional.of(new S3Place(endpoint(parameters), bucket, prefix));
  }

  private static String endpoint(String parameters) {
    for (String pair : parameters.split("&", -1)) {
      if (pair.startsWith(ENDPOINT)) {
        return plain(decoded(pair.substring(ENDPOINT.length())).toLowerCase(Locale.ROOT));
      }
    }
    return "";
  }

  private static String decoded(String sent) {
    try {
      return URLDecoder.decode(sent, StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      return sent;
    }
  }

  private static String plain(String endpoint) {
    String plain = endpoint.endsWith("/") ? endpoint.substring(0, endpoint.length() - 1) : endpoint;
    String port = plain.startsWith("https:") ? ":443" : ":80";
    return plain.endsWith(port) ? plain.substring(0, plain.length() - port.length()) : plain;
  }

  /** Whether it is the same as another one, or one of them lies in the other. */
  public boolean overlaps(S3Place other) {
    return endpoint.equals(other.endpoint)
        && bucket.equals(other.bucket)
        && (prefix.startsWith(other.prefix) || other.prefix.startsWith(prefix));
  }
}

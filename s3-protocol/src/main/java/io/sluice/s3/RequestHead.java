package io.sluice.s3;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A request without its body, exactly as it came: nothing decoded, nothing normalised. What a
 * signature covers is these bytes, so every codec starts from here.
 */
public interface RequestHead {
  /** The HTTP method in upper case. */
  String method();

  /** The path as sent, percent-encoding kept, without the query; starts with {@code /}. */
  String rawPath();

  /** The query as sent, without the question mark; empty when there is none. */
  String rawQuery();

  /** The first value of a header, whatever its case, or null. */
  @Nullable String header(String name);

  /** All values of a header in the order they came; empty when there is none. */
  List<String> headers(String name);

  /** All header fields in the order they came, names as sent. */
  Iterable<Map.Entry<String, String>> headers();
}

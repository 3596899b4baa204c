package io.sluice.cluster.channel;

import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A small request of another node, read completely.
 *
 * @param path the values of the route's parameters
 * @param query the query's parameters
 * @param deadline how long the other node waits
 */
public record InternalRequest(
    Map<String, String> path, MultiMap query, Buffer body, Duration deadline) {
  /**
   * A parameter of the path.
   *
   * @throws MalformedRequestException when there is none of the name
   */
  public String pathParam(String name) {
    String value = path.get(name);
    if (value == null) {
      throw new MalformedRequestException("no " + name + " is named");
    }
    return value;
  }

  /**
   * A number in the query.
   *
   * @throws MalformedRequestException unless there is one from {@code min} to {@code max}
   */
  public long queryNumber(String name, long min, long max) {
    return number(name, query.get(name), min, max);
  }

  static long number(String name, @Nullable String text, long min, long max) {
    try {
      long value = Long.parseLong(text == null ? "" : text);
      if (value >= min && value <= max) {
        return value;
      }
    } catch (NumberFormatException e) {
      // the same as one out of range
    }
    throw new MalformedRequestException(name + " must be a number from " + min + " to " + max);
  }
}

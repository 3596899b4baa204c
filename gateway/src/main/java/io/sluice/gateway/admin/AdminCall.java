package io.sluice.gateway.admin;

import io.vertx.core.MultiMap;
import io.vertx.core.json.JsonObject;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A call of a command.
 *
 * @param body empty when there is none
 */
public record AdminCall(
    Map<String, String> pathParameters, MultiMap query, JsonObject body, String requestId) {
  /** What stands in the path in place of {@code :name}. */
  public String path(String name) {
    String value = pathParameters.get(name);
    if (value == null) {
      throw new IllegalStateException("the route has no :" + name);
    }
    return value;
  }

  /**
   * A number in the body.
   *
   * @throws AdminException when it is something else
   */
  public Number number(String name, long otherwise) {
    Object value = body.getValue(name);
    if (value == null) {
      return otherwise;
    }
    if (!(value instanceof Number number)) {
      throw AdminException.invalid(name + " must be a number");
    }
    return number;
  }

  /**
   * A text in the body; null when it is absent or null.
   *
   * @throws AdminException when it is something else
   */
  public @Nullable String text(String name) {
    Object value = body.getValue(name);
    if (value != null && !(value instanceof String)) {
      throw AdminException.invalid(name + " must be a string");
    }
    return (String) value;
  }
}

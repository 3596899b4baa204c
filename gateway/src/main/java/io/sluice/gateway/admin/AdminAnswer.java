package io.sluice.gateway.admin;

import io.vertx.core.json.JsonObject;
import org.jspecify.annotations.Nullable;

/**
 * What a command answers.
 *
 * @param body null for none
 */
public record AdminAnswer(int status, @Nullable JsonObject body) {
  public static AdminAnswer ok(JsonObject body) {
    return new AdminAnswer(200, body);
  }

  public static AdminAnswer created(JsonObject body) {
    return new AdminAnswer(201, body);
  }

  public static AdminAnswer accepted(JsonObject body) {
    return new AdminAnswer(202, body);
  }

  public static AdminAnswer noContent() {
    return new AdminAnswer(204, null);
  }
}

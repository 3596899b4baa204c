package io.sluice.gateway.admin;

import io.smallrye.mutiny.Uni;
import io.vertx.core.http.HttpMethod;

/**
 * A command of the administration API.
 *
 * @param path below {@code /_sluice/admin/v1}, with {@code :name} for what varies
 * @param action does it, on an event loop, for a caller who may administer the store
 */
public record AdminRoute(HttpMethod method, String path, Action action) {
  /** What a command does. */
  @FunctionalInterface
  public interface Action {
    /** Must not block. Fails with {@link AdminException} for what the caller did wrong. */
    Uni<AdminAnswer> run(AdminCall call);
  }
}

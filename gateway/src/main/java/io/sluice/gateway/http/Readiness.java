package io.sluice.gateway.http;

/**
 * Whether the server can serve.
 *
 * @param reason why not; empty when it can
 */
public record Readiness(boolean ready, String reason) {
  public static final Readiness READY = new Readiness(true, "");
}

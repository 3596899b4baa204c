package io.sluice.app.server;

import static java.util.Objects.requireNonNull;

import io.vertx.core.Vertx;

/** Shows tests the event loops of a server, which nobody else needs to see. */
public final class ServerLoops {
  private ServerLoops() {}

  public static Vertx of(RunningServer server) {
    return requireNonNull(server.vertx());
  }
}

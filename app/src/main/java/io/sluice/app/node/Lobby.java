package io.sluice.app.node;

import io.vertx.core.Vertx;
import java.io.IOException;
import java.util.function.Supplier;

/**
 * Answers for a node that waits for others before it can open: that it is there, and what it waits
 * for.
 */
public interface Lobby {
  /**
   * Begins to answer. Blocks.
   *
   * @param rootKeySeed as {@code ClusterPlane.rootKeySeed}: only root is told more than strangers
   * @throws StartupException when it can't listen
   */
  void open(Vertx vertx, byte[] rootKeySeed) throws IOException;

  /**
   * Says what the node waits for from now on.
   *
   * @param reason one line, or empty when that is not known yet; asked on event loops
   */
  void waitsFor(Supplier<String> reason);
}

package io.sluice.app.cluster;

import io.sluice.cluster.layout.Liveness;
import io.sluice.cluster.member.NodeHints;
import java.time.Duration;

/** Who is there, by the hints that arrive. */
record HintLiveness(NodeHints hints) implements Liveness {
  @Override
  public boolean isUp(String node) {
    return hints.up(node);
  }

  @Override
  public Duration silentFor(String node) {
    return hints.silentFor(node);
  }
}

package io.sluice.cluster.layout;

import java.time.Duration;

/** Who is there, as far as this node can tell. Cheap; any thread. */
public interface Liveness {
  /** Whether a node is there now. */
  boolean isUp(String node);

  /** For how long nothing was heard of a node; zero when it is there. On a monotonic clock. */
  Duration silentFor(String node);
}

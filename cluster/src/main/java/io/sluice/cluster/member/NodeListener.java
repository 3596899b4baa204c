package io.sluice.cluster.member;

import io.sluice.storage.proto.NodeHint;

/** Hears what hints show of other nodes. Called on one event loop: must return at once. */
public interface NodeListener {
  /** A hint that is newer than any before it. */
  default void seen(NodeHint hint) {}

  /** The first hint of a node, or the first after it was silent. */
  default void cameUp(String node) {}

  /** No hint for longer than the limit, or Hazelcast dropped the node. */
  default void fellSilent(String node) {}
}

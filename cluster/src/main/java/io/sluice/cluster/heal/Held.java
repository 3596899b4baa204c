package io.sluice.cluster.heal;

/** A disk of this node, and a partition that it holds or is to hold. */
record Held(String disk, int partition) {}

package io.sluice.cluster.layout;

import java.time.Duration;

/**
 * How layouts are kept.
 *
 * @param downOut how long a node may be silent before its partitions move
 * @param replicas copies of each chunk in the first layout
 * @param firstNodes how many nodes the first layout waits for
 * @param movesMax partitions that move at the same time
 * @param spread what no two replicas of a partition may share
 * @param tick from one look to the next
 * @param callLimit for one call to a node or to the metadata
 */
public record KeeperOptions(
    Duration downOut,
    int replicas,
    int firstNodes,
    int movesMax,
    RendezvousLayout.Spread spread,
    Duration tick,
    Duration callLimit) {}

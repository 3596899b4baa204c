package io.sluice.cluster.layout;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How layouts are kept.
 *
 * @param downOut how long a node may be silent before its partitions move
 * @param first what the first layout is to be where the cluster's settings don't say; null: to wait
 *     until they do
 * @param movesMax partitions that move at the same time
 * @param spread what no two replicas of a partition may share
 * @param tick from one look to the next
 * @param callLimit for one call to a node or to the metadata
 */
public record KeeperOptions(
    Duration downOut,
    @Nullable FirstLayout first,
    int movesMax,
    RendezvousLayout.Spread spread,
    Duration tick,
    Duration callLimit) {}

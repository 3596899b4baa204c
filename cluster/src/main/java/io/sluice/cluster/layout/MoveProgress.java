package io.sluice.cluster.layout;

/**
 * How far the moves under way are, as the leader of shard 0 knows it.
 *
 * @param partitions that move, or are to
 * @param disksWaiting pairs of partition and disk that are not complete yet
 * @param bytesCopied by all nodes since the keeper began to watch them
 */
public record MoveProgress(int partitions, int disksWaiting, long bytesCopied) {}

package io.sluice.app.cluster;

import io.sluice.storage.StorageFailure;
import java.util.function.IntPredicate;
import java.util.function.IntUnaryOperator;
import java.util.stream.IntStream;

/**
 * Whether a new cluster's metadata would survive the loss of a peer already. A cluster begins with
 * one voter for each shard, and the others are admitted in the seconds after; what was acknowledged
 * before that would be lost with the first one's disk. So there is no layout, and the cluster is
 * not ready, until they are there.
 *
 * <p>A shard that another node leads has its voters: they come before the lead moves.
 *
 * @param leads whether this node leads a shard
 * @param voters how many vote in a shard that this node leads
 * @param wanted how many there are to be
 */
record FirstVoters(IntPredicate leads, IntUnaryOperator voters, int shards, int wanted) {
  /** More than that the metadata does not want for its voters. */
  private static final int VOTERS_MAX = 3;

  /**
   * Of a cluster that is made by so many metadata peers.
   *
   * @param peers 0 when it was not made by a list of them
   */
  static FirstVoters of(IntPredicate leads, IntUnaryOperator voters, int shards, int peers) {
    return new FirstVoters(leads, voters, shards, Math.min(VOTERS_MAX, peers));
  }

  boolean areThere() {
    try {
      return IntStream.range(0, shards)
          .filter(leads)
          .allMatch(shard -> voters.applyAsInt(shard) >= wanted);
    } catch (StorageFailure lostTheLead) {
      return false;
    }
  }
}

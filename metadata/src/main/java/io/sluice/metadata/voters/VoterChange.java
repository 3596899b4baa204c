package io.sluice.metadata.voters;

/** One step towards the voters that a shard should have. */
sealed interface VoterChange {
  record None() implements VoterChange {}

  record Add(VoterCandidate added) implements VoterChange {}

  record Remove(String peerId) implements VoterChange {}

  record Replace(String gone, VoterCandidate added) implements VoterChange {}

  /**
   * Because this peer must not lead any more, if {@code urgent}; otherwise to spread the leaders.
   */
  record HandOver(String peerId, boolean urgent) implements VoterChange {}
}

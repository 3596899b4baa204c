package io.sluice.metadata.voters;

/** One step towards the voters that a shard should have; as text, a clause for the log. */
sealed interface VoterChange {
  record None() implements VoterChange {}

  record Add(VoterCandidate added) implements VoterChange {
    @Override
    public String toString() {
      return added.peerId() + " gets a vote";
    }
  }

  record Remove(String peerId) implements VoterChange {
    @Override
    public String toString() {
      return peerId + " loses its vote";
    }
  }

  record Replace(String gone, VoterCandidate added) implements VoterChange {
    @Override
    public String toString() {
      return added.peerId() + " takes over the vote of " + gone;
    }
  }

  /**
   * Because this peer must not lead any more, if {@code urgent}; otherwise to spread the leaders.
   */
  record HandOver(String peerId, boolean urgent) implements VoterChange {
    @Override
    public String toString() {
      return peerId + " takes over the lead";
    }
  }
}

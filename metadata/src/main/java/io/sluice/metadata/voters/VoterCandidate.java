package io.sluice.metadata.voters;

/**
 * A peer that may vote, or that may do so no longer.
 *
 * @param peerId the peer, with its incarnation
 * @param address where its Raft port is reached, {@code host:port}; empty for one that was removed
 */
public record VoterCandidate(String peerId, String address, State state) {
  /** How it is. */
  public enum State {
    UP,
    /** Silent, but not for long: it may be back in a moment. */
    DOWN,
    /** Silent for so long that another should take its place. */
    GONE,
    /** It works, and is to leave: it leads nothing and votes no longer than it must. */
    DRAINING,
    /** Its node was removed for good: its seat is free. */
    REMOVED
  }

  boolean isUp() {
    return state == State.UP;
  }
}

package io.sluice.metadata.voters;

/**
 * A peer that may vote.
 *
 * @param peerId the peer, with its incarnation
 * @param address where its Raft port is reached, {@code host:port}
 */
public record VoterCandidate(String peerId, String address, State state) {
  /** How it is. A peer that was removed is no candidate. */
  public enum State {
    UP,
    /** Silent, but not for long: it may be back in a moment. */
    DOWN,
    /** Silent for so long that another should take its place. */
    GONE,
    /** It works, and is to leave: it leads nothing and votes no longer than it must. */
    DRAINING
  }

  boolean isUp() {
    return state == State.UP;
  }
}

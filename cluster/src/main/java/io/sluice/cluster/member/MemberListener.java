package io.sluice.cluster.member;

/** Hears of members. Called on Hazelcast's event thread: must return at once. */
public interface MemberListener {
  /** A process joined. */
  default void joined(Member member) {}

  /** A process left, died, or was silent for longer than Hazelcast's heartbeat limit. */
  default void left(Member member) {}

  /** Two halves found each other again: subscriptions of the event bus may have been lost. */
  default void merged() {}
}

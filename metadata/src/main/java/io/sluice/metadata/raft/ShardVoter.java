package io.sluice.metadata.raft;

import org.jspecify.annotations.Nullable;

/**
 * A voter of a shard, as its leader sees it.
 *
 * @param address where it is reached, as the group's configuration says; null when it says nothing
 * @param behind how many committed entries it is behind; 0 for the leader
 * @param silentMs how long it has not answered, in milliseconds; 0 for the leader
 */
public record ShardVoter(String peerId, @Nullable String address, long behind, long silentMs) {}

package io.sluice.metadata.raft;

import org.apache.ratis.server.RaftServer;
import org.jspecify.annotations.Nullable;

/**
 * How this node's peer of a shard stands.
 *
 * @param role leader, follower, candidate or starting
 * @param leader id of the leading peer; null when none is known
 * @param ready whether this peer leads and answers
 * @param term the Raft term; 0 while starting
 * @param committedIndex index of the last committed entry of the log
 * @param appliedIndex index of the last applied entry
 * @param failure why the shard stopped; null while it works
 */
public record ShardPeerStatus(
    int shard,
    String role,
    @Nullable String leader,
    boolean ready,
    long term,
    long committedIndex,
    long appliedIndex,
    @Nullable String failure) {
  static ShardPeerStatus of(RaftShard shard) {
    Throwable failure = shard.machine().failure();
    String reason = failure == null ? null : failure.toString();
    RaftServer.Division division = shard.division();
    if (division == null) {
      return new ShardPeerStatus(shard.shard(), "starting", null, false, 0, 0, 0, reason);
    }
    var info = division.getInfo();
    var leader = info.getLeaderId();
    return new ShardPeerStatus(
        shard.shard(),
        info.getCurrentRole().name().toLowerCase(java.util.Locale.ROOT),
        leader == null ? null : leader.toString(),
        shard.leadsAndIsReady(),
        info.getCurrentTerm(),
        division.getRaftLog().getLastCommittedIndex(),
        info.getLastAppliedIndex(),
        reason);
  }
}

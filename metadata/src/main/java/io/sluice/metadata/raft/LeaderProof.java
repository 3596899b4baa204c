package io.sluice.metadata.raft;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.ratis.proto.RaftProtos.AppendEntriesReplyProto;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.server.RaftConfiguration;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.leader.LogAppender;

/**
 * Has a majority of one group say that this peer leads, now: each has answered something that was
 * sent to it after the question came.
 *
 * <p>Ratis has linearizable reads of its own, which are not: once a majority has confirmed its
 * leadership for some commit index, it takes that for confirmed as long as the index stays the same
 * (3.3.0, {@code ReadIndexHeartbeats.ackedCommitIndex}), and a question may join a round of
 * heartbeats that was sent before it came. A leader that was cut off goes on answering that way
 * from what it had, while another takes writes (INVARIANTS 8).
 */
final class LeaderProof {
  private final Map<RaftPeerId, LogAppender> followers = new ConcurrentHashMap<>();
  private final Set<Round> rounds = ConcurrentHashMap.newKeySet();

  /** A follower's entries go through this appender from now on. */
  void follow(LogAppender appender) {
    followers.put(appender.getFollowerId(), appender);
  }

  /** A follower has answered. */
  void answered(LogAppender appender, AppendEntriesReplyProto reply) {
    for (Round round : rounds) {
      round.answered(appender, reply);
    }
  }

  /**
   * Asks.
   *
   * @param term in which this peer leads, and is ready to answer. Of any other term no answer
   *     counts: between two terms in which it leads, another may have acknowledged what it does not
   *     know of yet
   * @return the index up to which entries were committed when this was called, once a majority has
   *     confirmed; may never complete, but {@linkplain #cancel can be given up}
   */
  CompletableFuture<Long> ask(RaftServer.Division division, long term) {
    Round round = new Round(division, term);
    rounds.add(round);
    round.begin();
    return round.confirmed;
  }

  /** Forgets a question. */
  void cancel(CompletableFuture<Long> question) {
    rounds.removeIf(round -> round.confirmed == question);
  }

  /** This peer leads no longer: fails what was asked. */
  void abandon() {
    for (Round round : List.copyOf(rounds)) {
      rounds.remove(round);
      round.confirmed.completeExceptionally(new IllegalStateException("another peer leads"));
    }
  }

  private final class Round {
    private final RaftServer.Division division;
    private final long term;
    private final long committed;
    private final CompletableFuture<Long> confirmed = new CompletableFuture<>();

    /** The first call to each follower that was made after the question came. */
    private final Map<LogAppender, Long> firstCalls = new ConcurrentHashMap<>();

    private final Set<RaftPeerId> confirming = ConcurrentHashMap.newKeySet();

    Round(RaftServer.Division division, long term) {
      this.division = division;
      this.term = term;
      this.committed = division.getRaftLog().getLastCommittedIndex();
    }

    void begin() {
      confirming.add(division.getId());
      if (!settleIfMajority()) {
        // First the number, then the call: what is under way already proves nothing.
        followers.values().forEach(appender -> firstCalls.put(appender, appender.getCallId()));
        followers.values().forEach(LogAppender::triggerHeartbeat);
      }
    }

    void answered(LogAppender appender, AppendEntriesReplyProto reply) {
      Long firstCall = firstCalls.putIfAbsent(appender, appender.getCallId());
      long call = reply.getServerReply().getCallId();
      boolean sentLater =
          firstCall != null && appender.getCallIdComparator().compare(call, firstCall) >= 0;
      if (sentLater
          && reply.getTerm() == term
          && reply.getServerReply().getSuccess()
          && confirming.add(appender.getFollowerId())) {
        settleIfMajority();
      }
    }

    private boolean settleIfMajority() {
      RaftConfiguration members = division.getRaftConf();
      // While the members change, a majority of the old ones and one of the new ones.
      boolean majority =
          isMajority(members.getCurrentPeers())
              && (members.getPreviousPeers().isEmpty() || isMajority(members.getPreviousPeers()));
      if (majority) {
        rounds.remove(this);
        confirmed.complete(committed);
      }
      return majority;
    }

    private boolean isMajority(Collection<RaftPeer> voters) {
      long count = voters.stream().filter(peer -> confirming.contains(peer.getId())).count();
      return count > voters.size() / 2;
    }
  }
}

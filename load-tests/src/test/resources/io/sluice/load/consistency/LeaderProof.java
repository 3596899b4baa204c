package io.sluice.metadata.raft;

import java.util.concurrent.CompletableFuture;
import org.apache.ratis.proto.RaftProtos.AppendEntriesReplyProto;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.leader.LogAppender;

/**
 * Takes the place of the server's class of this name, and asks nobody: a leader that was replaced
 * meanwhile goes on answering from what it had. For a test of the consistency run alone.
 */
final class LeaderProof {
  void follow(LogAppender appender) {}

  void answered(LogAppender appender, AppendEntriesReplyProto reply) {}

  CompletableFuture<Long> ask(RaftServer.Division division) {
    return CompletableFuture.completedFuture(division.getRaftLog().getLastCommittedIndex());
  }

  void cancel(CompletableFuture<Long> question) {}

  void abandon() {}
}

package io.sluice.metadata.raft;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.ratis.conf.Parameters;
import org.apache.ratis.grpc.GrpcFactory;
import org.apache.ratis.proto.RaftProtos.AppendEntriesReplyProto;
import org.apache.ratis.proto.RaftProtos.AppendEntriesRequestProto;
import org.apache.ratis.proto.RaftProtos.LogEntryProto;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.rpc.RpcFactory;
import org.apache.ratis.rpc.RpcType;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.leader.FollowerInfo;
import org.apache.ratis.server.leader.LeaderState;
import org.apache.ratis.server.leader.LogAppender;
import org.apache.ratis.server.protocol.TermIndex;

/**
 * The transport of a peer with others: Ratis' gRPC, of which each {@link LeaderProof} hears what
 * followers answer.
 *
 * <p>Ratis makes it by its class name, hence the public constructor.
 */
public final class PeerRpc implements RpcType {
  private static final String PROOFS = PeerRpc.class.getName() + ".proofs";

  @Override
  public String name() {
    return PeerRpc.class.getName();
  }

  @Override
  public RpcFactory newFactory(Parameters parameters) {
    return new Factory(parameters, parameters.getNonNull(PROOFS, Proofs.class));
  }

  /** The proofs of the groups of one server. */
  static final class Proofs {
    private final Map<RaftGroupId, LeaderProof> byGroup = new ConcurrentHashMap<>();

    LeaderProof of(RaftGroupId group) {
      return byGroup.computeIfAbsent(group, g -> new LeaderProof());
    }

    void putInto(Parameters parameters) {
      parameters.put(PROOFS, this, Proofs.class);
    }
  }

  private static final class Factory extends GrpcFactory {
    private final Proofs proofs;

    Factory(Parameters parameters, Proofs proofs) {
      super(parameters);
      this.proofs = proofs;
    }

    @Override
    public LogAppender newLogAppender(
        RaftServer.Division server, LeaderState leader, FollowerInfo follower) {
      LeaderProof proof = proofs.of(server.getGroup().getGroupId());
      LogAppender appender = new BatchingAppender(server, new Overheard(leader, proof), follower);
      proof.follow(appender);
      return appender;
    }
  }

  private record Overheard(LeaderState leader, LeaderProof proof) implements LeaderState {
    @Override
    public void onAppendEntriesReply(LogAppender appender, AppendEntriesReplyProto reply) {
      leader.onAppendEntriesReply(appender, reply);
      proof.answered(appender, reply);
    }

    @Override
    public void restart(LogAppender appender) {
      leader.restart(appender);
    }

    @Override
    public AppendEntriesRequestProto newAppendEntriesRequestProto(
        FollowerInfo follower, List<LogEntryProto> entries, TermIndex previous, long callId) {
      return leader.newAppendEntriesRequestProto(follower, entries, previous, callId);
    }

    @Override
    public void checkHealth(FollowerInfo follower) {
      leader.checkHealth(follower);
    }

    @Override
    public boolean onFollowerTerm(FollowerInfo follower, long followerTerm) {
      return leader.onFollowerTerm(follower, followerTerm);
    }

    @Override
    public void onFollowerCommitIndex(FollowerInfo follower, long commitIndex) {
      leader.onFollowerCommitIndex(follower, commitIndex);
    }

    @Override
    public void onFollowerSuccessAppendEntries(FollowerInfo follower) {
      leader.onFollowerSuccessAppendEntries(follower);
    }

    @Override
    public boolean isFollowerBootstrapping(FollowerInfo follower) {
      return leader.isFollowerBootstrapping(follower);
    }
  }
}

package io.sluice.metadata.raft;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.testkit.FreePorts;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.apache.ratis.proto.RaftProtos.AppendEntriesReplyProto;
import org.apache.ratis.proto.RaftProtos.AppendEntriesReplyProto.AppendResult;
import org.apache.ratis.proto.RaftProtos.AppendEntriesRequestProto;
import org.apache.ratis.proto.RaftProtos.LogEntryProto;
import org.apache.ratis.proto.RaftProtos.RaftRpcRequestProto;
import org.apache.ratis.proto.RaftProtos.StateMachineLogEntryProto;
import org.apache.ratis.proto.RaftProtos.TermIndexProto;
import org.apache.ratis.protocol.ClientId;
import org.apache.ratis.protocol.Message;
import org.apache.ratis.protocol.RaftGroup;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.statemachine.TransactionContext;
import org.apache.ratis.statemachine.impl.BaseStateMachine;
import org.apache.ratis.thirdparty.com.google.protobuf.ByteString;
import org.apache.ratis.util.ProtoUtils;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What Ratis makes of messages to a follower that come one right behind the other, with the
 * settings that we give it. The test is the two other peers of the group, which lead in turn.
 */
class FollowerLogTest {
  private static final Duration LIMIT = TestPeers.LIMIT;

  /** The second message has to come while the first is on its way into the log. */
  private static final int ROUNDS = 20;

  private static final RaftPeerId SELF = RaftPeerId.valueOf("log-a");
  private static final RaftPeerId OLD = RaftPeerId.valueOf("log-b");
  private static final RaftPeerId NEXT = RaftPeerId.valueOf("log-c");

  @TempDir Path directory;

  private final RaftGroupId group = RaftGroupId.randomId();
  private final List<String> applied = new CopyOnWriteArrayList<>();
  private final List<Long> truncated = new CopyOnWriteArrayList<>();
  private final List<LogEntryProto> log = new ArrayList<>();
  private RaftServer follower;
  private long call;

  @BeforeEach
  void open() throws IOException {
    int port = FreePorts.one();
    TestTls tls = TestTls.cluster();
    RaftNetwork network =
        new RaftNetwork(
            "127.0.0.1",
            port,
            "127.0.0.1:" + port,
            tls.key(),
            tls.trust(),
            (leader, shard, into) ->
                CompletableFuture.failedFuture(new IOException("the log is enough here")),
            // It never asks to be elected.
            new RaftNetwork.Timing(
                Duration.ofMinutes(5), Duration.ofMinutes(10), Duration.ofSeconds(2)));
    List<RaftPeer> peers = new ArrayList<>();
    for (RaftPeerId peer : List.of(SELF, OLD, NEXT)) {
      peers.add(PeerAddresses.named(peer.toString(), "127.0.0.1:" + port));
    }
    follower =
        RaftServer.newBuilder()
            .setServerId(SELF)
            .setGroup(RaftGroup.valueOf(group, peers))
            .setProperties(RaftSettings.of(directory, RaftLimits.DEFAULT, network))
            .setParameters(RaftSettings.parameters(network, new PeerRpc.Proofs()))
            .setStateMachineRegistry(id -> new Recorder())
            .build();
    follower.start();
  }

  @AfterEach
  void close() throws IOException {
    follower.close();
  }

  private final class Recorder extends BaseStateMachine {
    @Override
    public CompletableFuture<Message> applyTransaction(TransactionContext transaction) {
      LogEntryProto entry = transaction.getLogEntry();
      updateLastAppliedTermIndex(entry.getTerm(), entry.getIndex());
      applied.add(entry.getStateMachineLogEntry().getLogData().toStringUtf8());
      return CompletableFuture.completedFuture(Message.EMPTY);
    }

    @Override
    public CompletableFuture<Void> truncate(long index) {
      truncated.add(index);
      return CompletableFuture.completedFuture(null);
    }
  }

  /**
   * INVARIANTS 5: the newest entry in the log is one that an old leader never committed; the next
   * leader sends another in its place, and a heartbeat that says that this one is committed.
   */
  @Test
  void appendEntries_heartbeatRightBehindTheEntriesThatReplaceOthers_doesNotCommitTheOldOnes()
      throws Exception {
    for (int index = 0; index < ROUNDS; index++) {
      long staleTerm = 2L * index + 1;
      append(OLD, staleTerm, index - 1, List.of(entry(staleTerm, index, "stale " + index)))
          .get(LIMIT.toMillis(), TimeUnit.MILLISECONDS);

      LogEntryProto entry = entry(staleTerm + 1, index, "entry " + index);
      var entries = append(NEXT, staleTerm + 1, index - 1, List.of(entry));
      log.add(entry);
      var heartbeat = append(NEXT, staleTerm + 1, index, List.of());
      succeeded(entries);
      heartbeat.get(LIMIT.toMillis(), TimeUnit.MILLISECONDS);

      // The first one may have come too early.
      succeeded(append(NEXT, staleTerm + 1, index, List.of()));
      int all = log.size();
      Awaitility.await()
          .atMost(LIMIT)
          .pollInterval(Duration.ofMillis(1))
          .until(() -> applied.size() >= all);
      assertThat(applied).isEqualTo(texts());
      assertThat(truncated)
          .as("what ShardStateMachine looks at")
          .hasSize(all)
          .contains((long) index);
    }
  }

  /**
   * A connection broke, and the leader sends what was not answered again, with what came since.
   * What a follower acknowledges counts for the majority: it must have it.
   */
  @Test
  void appendEntries_sameEntriesAgainAndMore_areAcknowledgedWhenTheLogHasThem() throws Exception {
    for (int index = 0; index < 2 * ROUNDS; index += 2) {
      LogEntryProto first = entry(1, index, "entry " + index);
      LogEntryProto second = entry(1, index + 1, "entry " + (index + 1));
      var one = append(NEXT, 1, index - 1, List.of(first));
      var both = append(NEXT, 1, index - 1, List.of(first, second));
      succeeded(one);
      assertThat(succeeded(both).getMatchIndex()).isEqualTo(index + 1);
      assertThat(follower.getDivision(group).getRaftLog().getLastEntryTermIndex().getIndex())
          .isEqualTo(index + 1);
      log.add(first);
      log.add(second);
    }
  }

  private List<String> texts() {
    return log.stream()
        .map(entry -> entry.getStateMachineLogEntry().getLogData().toStringUtf8())
        .toList();
  }

  private static AppendEntriesReplyProto succeeded(CompletableFuture<AppendEntriesReplyProto> reply)
      throws Exception {
    AppendEntriesReplyProto got = reply.get(LIMIT.toMillis(), TimeUnit.MILLISECONDS);
    assertThat(got.getResult()).isEqualTo(AppendResult.SUCCESS);
    return got;
  }

  private LogEntryProto entry(long term, long index, String text) {
    return LogEntryProto.newBuilder()
        .setTerm(term)
        .setIndex(index)
        .setStateMachineLogEntry(
            StateMachineLogEntryProto.newBuilder()
                .setClientId(ClientId.randomId().toByteString())
                .setCallId(index)
                .setLogData(ByteString.copyFromUtf8(text)))
        .build();
  }

  /** The leader has committed all that is before {@code entries}. */
  private CompletableFuture<AppendEntriesReplyProto> append(
      RaftPeerId leader, long term, long previous, List<LogEntryProto> entries) throws IOException {
    AppendEntriesRequestProto.Builder message =
        AppendEntriesRequestProto.newBuilder()
            .setServerRequest(
                RaftRpcRequestProto.newBuilder()
                    .setRequestorId(leader.toByteString())
                    .setReplyId(SELF.toByteString())
                    .setRaftGroupId(ProtoUtils.toRaftGroupIdProtoBuilder(group))
                    .setCallId(call++))
            .setLeaderTerm(term)
            .setLeaderCommit(previous)
            .addAllEntries(entries);
    if (previous >= 0) {
      message.setPreviousLog(
          TermIndexProto.newBuilder()
              .setTerm(log.get((int) previous).getTerm())
              .setIndex(previous));
    }
    return follower.appendEntriesAsync(message.build());
  }
}

package io.sluice.metadata.raft;

import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import org.apache.ratis.conf.RaftProperties;
import org.apache.ratis.proto.RaftProtos.AppendEntriesRequestProto;
import org.apache.ratis.proto.RaftProtos.LogEntryProto;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.RaftGroupMemberId;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.server.DivisionProperties;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.RaftServerConfigKeys;
import org.apache.ratis.server.leader.FollowerInfo;
import org.apache.ratis.server.leader.LeaderState;
import org.apache.ratis.server.protocol.TermIndex;
import org.apache.ratis.server.raftlog.RaftLog;
import org.apache.ratis.statemachine.impl.BaseStateMachine;
import org.apache.ratis.util.TimeDuration;
import org.apache.ratis.util.Timestamp;

/**
 * A {@link BatchingAppender} that no thread drives, for a follower that has nothing of a leader's
 * log and heard from it just now. The test does what Ratis' thread does, one step at a time.
 */
final class LoneAppender implements AutoCloseable {
  private static final int HEARTBEAT_MS = 600_000;
  private static final RaftPeerId LEADER = RaftPeerId.valueOf("leader");
  private static final RaftPeerId FOLLOWER = RaftPeerId.valueOf("follower");

  /** What happens while an entry is being read for a message. */
  Runnable whileReading = () -> {};

  private final RaftServer server;
  private final BatchingAppender appender;
  private long call;

  /**
   * @param directory of a server that is never started
   * @param entries in the leader's log
   */
  LoneAppender(Path directory, int entries) throws IOException {
    RaftProperties properties = new RaftProperties();
    RaftServerConfigKeys.setStorageDir(properties, List.of(directory.toFile()));
    server =
        RaftServer.newBuilder()
            .setServerId(LEADER)
            .setProperties(properties)
            .setStateMachineRegistry(group -> new BaseStateMachine())
            .build();
    RaftLog log =
        answering(
            RaftLog.class,
            Map.of(
                "getNextIndex", args -> (long) entries,
                "getTermIndex", args -> TermIndex.valueOf(1, (long) args[0]),
                "getEntryWithData", args -> read((long) args[0])));
    RaftServer.Division division =
        answering(
            RaftServer.Division.class,
            Map.of(
                "getRaftServer", args -> server,
                "getMemberId", args -> RaftGroupMemberId.valueOf(LEADER, RaftGroupId.randomId()),
                "getRaftLog", args -> log,
                "getThreadGroup", args -> Thread.currentThread().getThreadGroup(),
                "properties", args -> timing()));
    FollowerInfo follower =
        answering(
            FollowerInfo.class,
            Map.of(
                "getName", args -> "leader->follower",
                "getId", args -> FOLLOWER,
                "getNextIndex", args -> RaftLog.LEAST_VALID_LOG_INDEX,
                "getSnapshotIndex", args -> RaftLog.INVALID_LOG_INDEX,
                "getLastRpcResponseTime", args -> Timestamp.currentTime(),
                "getLastHeartbeatSendTime", args -> Timestamp.currentTime()));
    LeaderState leader =
        answering(
            LeaderState.class, Map.of("newAppendEntriesRequestProto", args -> message(args[1])));
    appender = new BatchingAppender(division, leader, follower);
    // Nothing is sent, so for Ratis the first call is the next all the time.
    call = appender.getCallId() - 1;
  }

  /** A read asks the follower whether this leader still is one. */
  void ask() {
    appender.triggerHeartbeat();
  }

  /** Makes the next message. */
  AppendEntriesRequestProto make() throws IOException {
    return Objects.requireNonNull(appender.newAppendEntriesRequest(call++, false));
  }

  /** What was made goes out. */
  void send() {
    appender.resetHeartbeatTrigger();
  }

  private RaftLog.EntryWithData read(long index) {
    whileReading.run();
    LogEntryProto entry = LogEntryProto.newBuilder().setTerm(1).setIndex(index).build();
    return new RaftLog.EntryWithData() {
      @Override
      public int getSerializedSize() {
        return entry.getSerializedSize();
      }

      @Override
      public LogEntryProto getEntry(TimeDuration limit) {
        return entry;
      }
    };
  }

  @SuppressWarnings("unchecked") // that is what the method takes
  private static AppendEntriesRequestProto message(Object entries) {
    return AppendEntriesRequestProto.newBuilder()
        .addAllEntries((List<LogEntryProto>) entries)
        .build();
  }

  private static DivisionProperties timing() {
    return answering(DivisionProperties.class, Map.of("minRpcTimeoutMs", args -> 2 * HEARTBEAT_MS));
  }

  /** Answers methods by their names; all others fail the test. */
  private static <T> T answering(Class<T> type, Map<String, Function<Object[], Object>> answers) {
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (proxy, method, args) -> {
              Function<Object[], Object> answer = answers.get(method.getName());
              if (answer == null) {
                throw new UnsupportedOperationException(method.toString());
              }
              return answer.apply(args);
            }));
  }

  @Override
  public void close() throws IOException {
    appender.stopAsync().join();
    server.close();
  }
}

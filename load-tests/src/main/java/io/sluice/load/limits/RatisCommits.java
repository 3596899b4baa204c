package io.sluice.load.limits;

import io.sluice.load.process.FreePorts;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.apache.ratis.RaftConfigKeys;
import org.apache.ratis.conf.RaftProperties;
import org.apache.ratis.grpc.GrpcConfigKeys;
import org.apache.ratis.protocol.ClientId;
import org.apache.ratis.protocol.Message;
import org.apache.ratis.protocol.RaftClientReply;
import org.apache.ratis.protocol.RaftClientRequest;
import org.apache.ratis.protocol.RaftGroup;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.rpc.SupportedRpcType;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.RaftServer.Division;
import org.apache.ratis.server.RaftServerConfigKeys;
import org.apache.ratis.server.storage.RaftStorage;
import org.apache.ratis.statemachine.TransactionContext;
import org.apache.ratis.statemachine.impl.BaseStateMachine;
import org.apache.ratis.thirdparty.com.google.protobuf.ByteString;
import org.apache.ratis.thirdparty.com.google.protobuf.UnsafeByteOperations;

/**
 * How many entries a second a Raft group of one peer commits and applies when they are submitted
 * in-process to its leader, and its state machine does nothing. The log is fsynced, as Ratis does
 * by default.
 */
final class RatisCommits {

  private static final long LEADER_WAIT_NANOS = 30_000_000_000L;

  private final RaftServer server;
  private final RaftPeerId peerId = RaftPeerId.valueOf("bare");
  private final RaftGroupId groupId = RaftGroupId.valueOf(UUID.randomUUID());
  private final AtomicLong callIds = new AtomicLong();

  /** Forgets every entry as soon as it is applied. */
  private static final class ForgetfulStateMachine extends BaseStateMachine {
    private static final Message DONE = Message.valueOf("ok");

    @Override
    public void initialize(RaftServer raftServer, RaftGroupId group, RaftStorage storage)
        throws IOException {
      super.initialize(raftServer, group, storage);
      getLifeCycle().startAndTransition(() -> {});
    }

    @Override
    public CompletableFuture<Message> applyTransaction(TransactionContext transaction) {
      updateLastAppliedTermIndex(
          transaction.getLogEntry().getTerm(), transaction.getLogEntry().getIndex());
      return CompletableFuture.completedFuture(DONE);
    }

    @Override
    public long takeSnapshot() {
      return getLastAppliedTermIndex().getIndex();
    }
  }

  /** Starts the group; blocks until its peer leads. */
  RatisCommits(Path directory) throws IOException {
    int port = FreePorts.one();
    RaftPeer peer = RaftPeer.newBuilder().setId(peerId).setAddress("127.0.0.1:" + port).build();
    RaftProperties properties = new RaftProperties();
    RaftConfigKeys.Rpc.setType(properties, SupportedRpcType.GRPC);
    GrpcConfigKeys.Server.setPort(properties, port);
    RaftServerConfigKeys.setStorageDir(properties, List.of(directory.toFile()));
    RaftServerConfigKeys.Snapshot.setAutoTriggerEnabled(properties, true);
    RaftServerConfigKeys.Snapshot.setAutoTriggerThreshold(properties, 100_000);
    RaftServerConfigKeys.Log.setPurgeUptoSnapshotIndex(properties, true);
    this.server =
        RaftServer.newBuilder()
            .setServerId(peerId)
            .setGroup(RaftGroup.valueOf(groupId, peer))
            .setProperties(properties)
            .setOption(RaftStorage.StartupOption.FORMAT)
            .setStateMachine(new ForgetfulStateMachine())
            .build();
    server.start();
    awaitLeader();
  }

  private void awaitLeader() throws IOException {
    Division division = server.getDivision(groupId);
    long deadline = System.nanoTime() + LEADER_WAIT_NANOS;
    while (!division.getInfo().isLeaderReady()) {
      if (System.nanoTime() > deadline) {
        throw new IOException("the group has no leader");
      }
      LockSupport.parkNanos(10_000_000);
    }
  }

  /**
   * Commits entries of {@code entryBytes} with {@code clients} of them in flight; blocks for {@code
   * seconds}.
   *
   * @return commits a second
   */
  double measure(int clients, int entryBytes, double seconds) {
    ByteString entry = UnsafeByteOperations.unsafeWrap(new byte[entryBytes]);
    long start = System.nanoTime();
    long end = start + (long) (seconds * 1e9);
    AtomicLong commits = new AtomicLong();
    CompletableFuture<?>[] loops = new CompletableFuture<?>[clients];
    for (int i = 0; i < clients; i++) {
      CompletableFuture<Void> done = new CompletableFuture<>();
      loops[i] = done;
      next(ClientId.randomId(), entry, end, commits, done);
    }
    CompletableFuture.allOf(loops).join();
    return commits.get() * 1e9 / (System.nanoTime() - start);
  }

  private void next(
      ClientId client,
      ByteString entry,
      long end,
      AtomicLong commits,
      CompletableFuture<Void> done) {
    if (System.nanoTime() >= end) {
      done.complete(null);
      return;
    }
    CompletableFuture<?> unused =
        submit(client, entry)
            .whenComplete(
                (reply, failure) -> {
                  if (failure != null || !reply.isSuccess()) {
                    done.completeExceptionally(
                        failure != null ? failure : new IOException("refused: " + reply));
                    return;
                  }
                  commits.incrementAndGet();
                  next(client, entry, end, commits, done);
                });
  }

  private CompletableFuture<RaftClientReply> submit(ClientId client, ByteString entry) {
    RaftClientRequest request =
        RaftClientRequest.newBuilder()
            .setClientId(client)
            .setServerId(peerId)
            .setGroupId(groupId)
            .setCallId(callIds.incrementAndGet())
            .setMessage(Message.valueOf(entry))
            .setType(RaftClientRequest.writeRequestType())
            .build();
    try {
      return server.submitClientRequestAsync(request);
    } catch (IOException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  void close() throws IOException {
    server.close();
  }
}

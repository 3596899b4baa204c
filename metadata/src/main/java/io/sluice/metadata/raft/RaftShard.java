package io.sluice.metadata.raft;

import io.sluice.storage.StorageFailure;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.ratis.protocol.ClientId;
import org.apache.ratis.protocol.RaftClientAsynchronousProtocol;
import org.apache.ratis.protocol.RaftClientReply;
import org.apache.ratis.protocol.RaftClientRequest;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.server.RaftServer;
import org.jspecify.annotations.Nullable;

/**
 * This node's peer of one shard: the way into its log, and the state behind it. Any thread.
 *
 * <p>Commands are handed to the group directly. The server's own entry point hands each to a pool
 * and waits there, which costs a thread hop per command and blocks the caller.
 */
final class RaftShard {
  private static final Duration RETRY_AFTER = Duration.ofSeconds(1);

  private final int shard;
  private final RaftGroupId group;
  private final ReplicatedState state;
  private final ShardStateMachine machine;
  private final RaftLimits limits;
  private final AtomicInteger pending = new AtomicInteger();
  private final AtomicLong pendingBytes = new AtomicLong();
  private volatile RaftServer.@Nullable Division division;

  RaftShard(
      int shard,
      RaftGroupId group,
      ReplicatedState state,
      ShardStateMachine machine,
      RaftLimits limits) {
    this.shard = shard;
    this.group = group;
    this.state = state;
    this.machine = machine;
    this.limits = limits;
  }

  void attach(RaftServer.Division started) {
    division = started;
  }

  int shard() {
    return shard;
  }

  RaftGroupId group() {
    return group;
  }

  ReplicatedState state() {
    return state;
  }

  ShardStateMachine machine() {
    return machine;
  }

  RaftServer.@Nullable Division division() {
    return division;
  }

  /** Whether this node leads the shard and has applied everything that was ever acknowledged. */
  boolean leadsAndIsReady() {
    RaftServer.Division peer = division;
    return peer != null && machine.failure() == null && peer.getInfo().isLeaderReady();
  }

  StorageFailure.Unavailable notReady() {
    Throwable failure = machine.failure();
    return new StorageFailure.Unavailable(
        failure == null
            ? "metadata shard " + shard + " has no leader that is ready"
            : "metadata shard " + shard + " has failed",
        RETRY_AFTER,
        failure);
  }

  /**
   * Takes a place among the waiting commands.
   *
   * @throws StorageFailure.Unavailable when there is none
   */
  void reserve(int bytes) {
    if (pending.incrementAndGet() > limits.pendingCommandsMax()) {
      pending.decrementAndGet();
      throw overloaded("commands");
    }
    if (pendingBytes.addAndGet(bytes) > limits.pendingBytesMax()) {
      release(bytes);
      throw overloaded("bytes of commands");
    }
  }

  void release(int bytes) {
    pending.decrementAndGet();
    pendingBytes.addAndGet(-bytes);
  }

  private StorageFailure.Unavailable overloaded(String what) {
    return new StorageFailure.Unavailable(
        "too many " + what + " wait in metadata shard " + shard, RETRY_AFTER, null);
  }

  int pendingCommands() {
    return pending.get();
  }

  long pendingBytes() {
    return pendingBytes.get();
  }

  RaftLimits limits() {
    return limits;
  }

  /** Shard time for a command proposed now: the leader's clock, but never before the last one's. */
  long timeMs(long clockMs) {
    return Math.max(clockMs, state.shardTimeMs());
  }

  /**
   * Hands a command to the group.
   *
   * @return the reply, which may carry a failure; also fails itself
   * @throws IOException when the group does not take it
   */
  CompletableFuture<RaftClientReply> propose(Proposal proposal, ClientId client, long callId)
      throws IOException {
    RaftServer.Division peer = division;
    if (peer == null) {
      throw notReady();
    }
    RaftClientRequest request =
        RaftClientRequest.newBuilder()
            .setClientId(client)
            .setServerId(peer.getId())
            .setGroupId(group)
            .setCallId(callId)
            .setMessage(proposal)
            .setType(RaftClientRequest.writeRequestType())
            .build();
    return ((RaftClientAsynchronousProtocol) peer).submitClientRequestAsync(request);
  }
}

package io.sluice.metadata.raft;

import io.sluice.storage.StorageFailure;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.ratis.protocol.ClientId;
import org.apache.ratis.protocol.RaftClientAsynchronousProtocol;
import org.apache.ratis.protocol.RaftClientReply;
import org.apache.ratis.protocol.RaftClientRequest;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.RaftPeerId;
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
  private final Files files;
  private final RaftLimits limits;
  private final ShardStateMachine.ShardEvents events;
  private final LeaderProof proof;
  private final boolean alone;
  private final AppliedIndex applied = new AppliedIndex();
  private final ApplyFigures figures = new ApplyFigures();
  private final AtomicInteger pending = new AtomicInteger();
  private final AtomicLong pendingBytes = new AtomicLong();
  private final AtomicBoolean handingOver = new AtomicBoolean();
  private final ReopenPause reopenPause = new ReopenPause();
  private volatile ShardStateMachine machine;
  private volatile RaftServer.@Nullable Division division;

  /** What a shard has on disk. */
  record Files(
      SwappableState state, SnapshotMark mark, GroupDirectory group, StateInstaller installer) {}

  /**
   * Makes it; the group is attached when it runs.
   *
   * @param proof asks the others whether this peer leads
   * @param alone whether no other peer can ever lead
   */
  RaftShard(
      int shard,
      RaftGroupId group,
      Files files,
      RaftLimits limits,
      ShardStateMachine.ShardEvents events,
      LeaderProof proof,
      boolean alone) {
    this.shard = shard;
    this.group = group;
    this.files = files;
    this.limits = limits;
    this.events = events;
    this.proof = proof;
    this.alone = alone;
    this.machine = newMachine();
  }

  /** A machine over the same state: each time Ratis opens the group it wants a new one. */
  ShardStateMachine newMachine() {
    ShardStateMachine made =
        new ShardStateMachine(
            shard, files.state(), files.mark(), files.group(), limits, events, figures, applied);
    machine = made;
    return made;
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

  SwappableState state() {
    return files.state();
  }

  Files files() {
    return files;
  }

  ShardStateMachine machine() {
    return machine;
  }

  ReopenPause reopenPause() {
    return reopenPause;
  }

  ApplyFigures figures() {
    return figures;
  }

  RaftServer.@Nullable Division division() {
    return division;
  }

  boolean isOnlyPossibleLeader() {
    return alone;
  }

  /** Whether this node leads the shard and has applied everything that was ever acknowledged. */
  boolean leadsAndIsReady() {
    RaftServer.Division peer = division;
    return peer != null && machine.failure() == null && peer.getInfo().isLeaderReady();
  }

  /** Why this peer does not answer: another leads, or it is not ready to. */
  StorageFailure notReady() {
    Throwable failure = machine.failure();
    if (failure != null) {
      return new StorageFailure.Unavailable(
          "metadata shard " + shard + " has failed", RETRY_AFTER, failure);
    }
    RaftServer.Division peer = division;
    if (!alone && (peer == null || !peer.getInfo().isLeader())) {
      String leader = leader();
      boolean stale = peer != null && peer.getId().toString().equals(leader);
      return new StorageFailure.NotLeader(shard, stale ? null : leader);
    }
    return new StorageFailure.Unavailable(
        "metadata shard " + shard + " has no leader that is ready", RETRY_AFTER, null);
  }

  /** This peer leads no longer: whoever waits for a majority waits in vain. */
  void leadLost() {
    proof.abandon();
  }

  /** Why nobody confirmed that this peer leads. */
  StorageFailure notConfirmed() {
    return leadsAndIsReady()
        ? new StorageFailure.Unavailable(
            "metadata shard " + shard + " has no majority", RETRY_AFTER, null)
        : notReady();
  }

  /** The peer that leads, as far as this one knows; null when it knows of none. */
  @Nullable String leader() {
    RaftServer.Division peer = division;
    RaftPeerId leader = peer == null ? null : peer.getInfo().getLeaderId();
    return leader == null ? null : leader.toString();
  }

  /**
   * Stops taking commands for a moment, so that another peer can catch up and lead.
   *
   * @return false when that is under way already
   */
  boolean beginHandOver() {
    return handingOver.compareAndSet(false, true);
  }

  void endHandOver() {
    handingOver.set(false);
  }

  /**
   * Takes a place among the waiting commands.
   *
   * @param alsoWhenFull for the few small commands that make room
   * @throws StorageFailure.Unavailable when there is none
   */
  void reserve(int bytes, boolean alsoWhenFull) {
    if (handingOver.get()) {
      throw new StorageFailure.Unavailable(
          "metadata shard " + shard + " is changing its leader", RETRY_AFTER, null);
    }
    if (pending.incrementAndGet() > limits.pendingCommandsMax() && !alsoWhenFull) {
      pending.decrementAndGet();
      throw overloaded("commands");
    }
    if (pendingBytes.addAndGet(bytes) > limits.pendingBytesMax() && !alsoWhenFull) {
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
    return Math.max(clockMs, files.state().shardTimeMs());
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

  /**
   * Waits until the state has everything that was acknowledged before the call, by whoever led
   * then.
   *
   * @return fails when that can't be had before {@code limitMs}, in milliseconds
   */
  CompletableFuture<Void> catchUp(long limitMs) {
    RaftServer.Division peer = division;
    // Before it is seen whether this peer leads: then it does so in this term or the proof fails.
    long term = peer == null ? 0 : peer.getInfo().getCurrentTerm();
    if (peer == null || !leadsAndIsReady()) {
      return CompletableFuture.failedFuture(notReady());
    }
    CompletableFuture<Long> confirmed = proof.ask(peer, term);
    return confirmed
        .thenCompose(applied::reach)
        .orTimeout(limitMs, TimeUnit.MILLISECONDS)
        .whenComplete((done, failure) -> proof.cancel(confirmed));
  }
}

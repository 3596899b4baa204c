package io.sluice.metadata.raft;

import com.google.protobuf.CodedInputStream;
import io.sluice.storage.proto.Command;
import io.sluice.storage.proto.LogPosition;
import java.io.IOException;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.ratis.proto.RaftProtos.LogEntryProto;
import org.apache.ratis.proto.RaftProtos.RaftConfigurationProto;
import org.apache.ratis.proto.RaftProtos.RoleInfoProto;
import org.apache.ratis.protocol.Message;
import org.apache.ratis.protocol.RaftClientRequest;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.protocol.exceptions.StateMachineException;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.protocol.TermIndex;
import org.apache.ratis.server.raftlog.RaftLog;
import org.apache.ratis.server.storage.FileInfo;
import org.apache.ratis.server.storage.RaftStorage;
import org.apache.ratis.statemachine.SnapshotInfo;
import org.apache.ratis.statemachine.TransactionContext;
import org.apache.ratis.statemachine.impl.BaseStateMachine;
import org.apache.ratis.util.LifeCycle;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ratis' view of one shard.
 *
 * <p>Ratis logs a failed apply and goes on with the next entry: the state would then lack a command
 * that everybody believes applied. So the first failure ends this machine: the application is told,
 * and nothing is applied or answered any more (INVARIANTS 1).
 */
final class ShardStateMachine extends BaseStateMachine {
  private static final Logger log = LoggerFactory.getLogger(ShardStateMachine.class);

  private final int shard;
  private final SwappableState state;
  private final SnapshotMark mark;
  private final GroupDirectory group;
  private final RaftLimits limits;
  private final ShardEvents events;
  private final ApplyFigures figures;
  private final AppliedIndex applied;
  private final AtomicBoolean flushUnderWay = new AtomicBoolean();
  private final AtomicBoolean flushedAhead = new AtomicBoolean();
  private volatile @Nullable Throwable failure;

  /**
   * The state is another one already, and Ratis goes on from it at the next {@link #reinitialize}.
   */
  private volatile boolean replaced;

  // Both are written by the applying thread only.
  private long bytesSinceFlush;
  private long commandsSinceFlush;

  ShardStateMachine(
      int shard,
      SwappableState state,
      SnapshotMark mark,
      GroupDirectory group,
      RaftLimits limits,
      ShardEvents events,
      ApplyFigures figures,
      AppliedIndex applied) {
    this.shard = shard;
    this.state = state;
    this.mark = mark;
    this.group = group;
    this.limits = limits;
    this.events = events;
    this.figures = figures;
    this.applied = applied;
  }

  /** What a shard tells those around it. Called on Ratis' threads: must return immediately. */
  interface ShardEvents {
    void leaderReady(int shard);

    void leadLost(int shard);

    void failed(int shard, Throwable cause);

    /** So much was applied that a restart would take long: {@link #flushAhead} is due. */
    void flushDue(int shard);

    /** The members are others now. */
    void configured(int shard, RaftConfigurationProto members);

    /** This peer was removed from the group, which Ratis has closed. */
    void removed(int shard);

    /**
     * The leader's log may not lead on from this peer's: it needs the leader's state.
     *
     * @param first the index of the first entry that the leader's log still has
     * @return up to where the state goes that is there then; null when the log is enough
     */
    CompletableFuture<@Nullable TermIndex> stateWanted(int shard, String leader, long first);
  }

  @Override
  public void initialize(RaftServer server, RaftGroupId group, RaftStorage storage)
      throws IOException {
    getLifeCycle()
        .startAndTransition(
            () -> {
              super.initialize(server, group, storage);
              TermIndex latest = mark.latest();
              if (latest != null) {
                setLastAppliedTermIndex(latest);
              }
            });
  }

  @Override
  public TransactionContext startTransaction(RaftClientRequest request) {
    TransactionContext.Builder transaction =
        TransactionContext.newBuilder().setStateMachine(this).setClientRequest(request);
    if (request.getMessage() instanceof Proposal proposal) {
      transaction.setStateMachineContext(proposal);
    }
    return transaction.build();
  }

  @Override
  public TransactionContext preAppendTransaction(TransactionContext transaction)
      throws StateMachineException {
    if (transaction.getStateMachineContext() instanceof Proposal proposal && !proposal.append()) {
      throw new StateMachineException("the command was withdrawn", null, false);
    }
    return transaction;
  }

  /**
   * Ratis asks for this on the thread that writes the log, before the entries up to {@code index}
   * count as durable.
   */
  @Override
  public CompletableFuture<Void> flush(long index) {
    try {
      group.syncNames();
      return CompletableFuture.completedFuture(null);
    } catch (IOException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  /**
   * What was applied never leaves the log. If it does, others may have another in its place: the
   * shard stops, and says so to whoever starts it again (INVARIANTS 1). Blocks; on the thread that
   * writes the log.
   */
  @Override
  public CompletableFuture<Void> truncate(long index) {
    if (index > getLastAppliedTermIndex().getIndex()) {
      return CompletableFuture.completedFuture(null);
    }
    fail("truncating its log", new IOException("what goes from " + index + " on was applied"));
    try {
      group.markForked(index);
      return CompletableFuture.completedFuture(null);
    } catch (IOException e) {
      // Then the log keeps it: after a restart it comes to this again.
      return CompletableFuture.failedFuture(e);
    }
  }

  @Override
  public CompletableFuture<Message> applyTransaction(TransactionContext transaction) {
    if (failure != null) {
      throw new IllegalStateException("shard " + shard + " has failed", failure);
    }
    LogEntryProto entry = transaction.getLogEntry();
    try {
      long started = System.nanoTime();
      Command command = commandOf(transaction, entry);
      TermIndex at = TermIndex.valueOf(entry.getTerm(), entry.getIndex());
      Applied outcome = new Applied(state.apply(at, command));
      updateLastAppliedTermIndex(at);
      applied.advance(at.getIndex());
      figures.add(System.nanoTime() - started);
      countTowardsFlush(entry.getStateMachineLogEntry().getLogData().size());
      return CompletableFuture.completedFuture(outcome);
    } catch (IOException | RuntimeException | Error e) {
      fail("applying entry " + entry.getTerm() + ":" + entry.getIndex(), e);
      throw new IllegalStateException("shard " + shard + " failed", e);
    }
  }

  private static Command commandOf(TransactionContext transaction, LogEntryProto entry)
      throws IOException {
    if (transaction.getStateMachineContext() instanceof Proposal proposal) {
      return proposal.command();
    }
    return Command.parseFrom(
        CodedInputStream.newInstance(
            entry.getStateMachineLogEntry().getLogData().asReadOnlyByteBuffer()));
  }

  private void countTowardsFlush(int bytes) {
    bytesSinceFlush += bytes;
    commandsSinceFlush++;
    boolean due =
        bytesSinceFlush >= limits.snapshotBytes() || commandsSinceFlush >= limits.snapshotEntries();
    if (due && flushUnderWay.compareAndSet(false, true)) {
      bytesSinceFlush = 0;
      commandsSinceFlush = 0;
      events.flushDue(shard);
    }
  }

  /**
   * Flushes beside the applying thread, which would otherwise stand still for as long as that
   * takes. The next {@link #takeSnapshot} only says what this has found durable. Blocks.
   */
  void flushAhead() {
    try {
      TermIndex seen = state.newest();
      if (seen != null && failure == null) {
        flushTo(seen);
        flushedAhead.set(true);
      }
    } catch (IOException | RuntimeException | Error e) {
      fail("flushing", e);
    } finally {
      flushUnderWay.set(false);
    }
  }

  /** Ratis did not drop its log when it was asked to; the next flush asks again. */
  void snapshotRefused(Throwable cause) {
    log.warn("Shard {}: the log before the last flush stays for now", shard, cause);
  }

  /**
   * Says up to where the state is durable: there Ratis may drop its log, so nothing above that is
   * ever returned. On the applying thread.
   */
  @Override
  public long takeSnapshot() throws IOException {
    if (failure != null) {
      throw new IOException("shard " + shard + " has failed", failure);
    }
    if (replaced) {
      throw new IOException("the state of shard " + shard + " is being replaced");
    }
    TermIndex seen = state.newest();
    if (!flushedAhead.getAndSet(false) && seen != null) {
      try {
        flushTo(seen);
      } catch (IOException | RuntimeException | Error e) {
        // After a failed flush nobody knows what the disk has: going on would only hide it.
        fail("flushing", e);
        throw e;
      }
    }
    TermIndex latest = mark.latest();
    return latest == null ? RaftLog.INVALID_LOG_INDEX : latest.getIndex();
  }

  private void flushTo(TermIndex seen) throws IOException {
    LogPosition durable = state.flush();
    if (durable.getIndex() < seen.getIndex()) {
      throw new IOException(
          "flushed up to " + seen.getIndex() + ", but only " + durable.getIndex() + " is durable");
    }
    mark.raise(seen);
  }

  @Override
  public @Nullable SnapshotInfo getLatestSnapshot() {
    TermIndex latest = mark.latest();
    return latest == null ? null : new Flushed(latest);
  }

  private record Flushed(TermIndex position) implements SnapshotInfo {
    @Override
    public TermIndex getTermIndex() {
      return position;
    }

    @Override
    public List<FileInfo> getFiles() {
      return List.of();
    }
  }

  @Override
  public void notifyLeaderReady() {
    events.leaderReady(shard);
  }

  @Override
  public void notifyNotLeader(Collection<TransactionContext> pending) {
    events.leadLost(shard);
  }

  @Override
  public void notifyLogFailed(Throwable cause, @Nullable LogEntryProto failedEntry) {
    fail("writing its log", cause);
  }

  /** Ends this machine: nothing is applied or answered any more. */
  void fail(String doing, Throwable cause) {
    boolean first = failure == null;
    failure = cause;
    if (first) {
      log.error("Shard {} stops: {} failed", shard, doing, cause);
      events.failed(shard, cause);
    }
  }

  /** Why this shard stopped, or null while it works. */
  @Nullable Throwable failure() {
    return failure;
  }

  /**
   * The state was replaced, and goes up to the snapshot mark. Ratis may still apply entries from
   * before that, which changes nothing, but must not hear of the mark before it begins anew there.
   */
  void markReplaced() {
    replaced = true;
  }

  @Override
  public CompletableFuture<@Nullable TermIndex> notifyInstallSnapshotFromLeader(
      RoleInfoProto role, TermIndex first) {
    if (first.getIndex() <= RaftLog.LEAST_VALID_LOG_INDEX) {
      // The leader's log is whole.
      return CompletableFuture.completedFuture(null);
    }
    return events.stateWanted(shard, leaderOf(role), first.getIndex());
  }

  /**
   * Makes the state that is there the one to go on from, if the leader's log leads on from it: so
   * it does for a peer that was a member before. Blocks.
   *
   * @param first the index of the first entry that the leader's log still has
   * @return up to where it goes; {@link Checkpoint#NOTHING} when that is not far enough
   */
  TermIndex goOnFromOwn(long first) throws IOException {
    TermIndex own = state.newest();
    if (own == null || own.getIndex() + 1 < first || failure != null) {
      return Checkpoint.NOTHING;
    }
    try {
      flushTo(own);
    } catch (IOException | RuntimeException | Error e) {
      fail("flushing", e);
      throw e;
    }
    markReplaced();
    return own;
  }

  private static String leaderOf(RoleInfoProto role) {
    return RaftPeerId.valueOf(role.getFollowerInfo().getLeaderInfo().getId().getId()).toString();
  }

  @Override
  public void pause() {
    getLifeCycle().transition(LifeCycle.State.PAUSING);
    getLifeCycle().transition(LifeCycle.State.PAUSED);
  }

  /** Begins anew at the snapshot mark. On the applying thread. */
  @Override
  public void reinitialize() throws IOException {
    getLifeCycle()
        .startAndTransition(
            () -> {
              setLastAppliedTermIndex(mark.latest());
              replaced = false;
            });
  }

  /** An entry of Ratis' own was applied. */
  @Override
  public void notifyTermIndexUpdated(long term, long index) {
    super.notifyTermIndexUpdated(term, index);
    applied.advance(index);
  }

  @Override
  public void notifyConfigurationChanged(long term, long index, RaftConfigurationProto members) {
    try {
      group.voterRecord().keepMembers(term, index, members);
    } catch (IOException e) {
      // Ratis may have lost its own copy to the same full disk, and would drop the log that has it.
      fail("writing who votes", e);
    }
    events.configured(shard, members);
  }

  @Override
  public void notifyServerShutdown(RoleInfoProto role, boolean allServer) {
    if (!allServer && failure == null) {
      events.removed(shard);
    }
  }
}

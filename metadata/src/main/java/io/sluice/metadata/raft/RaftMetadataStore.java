package io.sluice.metadata.raft;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import io.netty.util.Timer;
import io.sluice.storage.MetadataStore;
import io.sluice.storage.StorageFailure;
import io.sluice.storage.proto.Answer;
import io.sluice.storage.proto.Command;
import io.sluice.storage.proto.Outcome;
import io.sluice.storage.proto.Query;
import io.sluice.storage.proto.Refusal;
import io.sluice.storage.proto.RefusalCode;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.subscription.UniEmitter;
import java.nio.ByteBuffer;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.ratis.protocol.ClientId;

/**
 * The metadata of a node that leads all shards.
 *
 * <p>Each subscription to a submitted command is a command of its own.
 */
final class RaftMetadataStore implements MetadataStore {
  private static final int COMMAND_ID_BYTES = 16;

  private final List<RaftShard> shards;
  private final LinearizableReads reads;
  private final Timer timer;
  private final Clock clock;
  private final RetryBudget retries = new RetryBudget();
  private final CommitListener commits;
  // Random for each process: Ratis' replies to an earlier one's calls must never be taken for ours.
  private final ClientId client = ClientId.randomId();
  private final AtomicLong calls = new AtomicLong();

  RaftMetadataStore(
      List<RaftShard> shards,
      LinearizableReads reads,
      Timer timer,
      Clock clock,
      CommitListener commits) {
    this.shards = List.copyOf(shards);
    this.reads = reads;
    this.timer = timer;
    this.clock = clock;
    this.commits = commits;
  }

  /** Hears of every command that was committed and applied; on Ratis' threads. */
  interface CommitListener {
    void committed(int shard, long nanos);
  }

  @Override
  public int shardCount() {
    return shards.size();
  }

  @Override
  public Uni<Outcome> submit(int shard, Command command, Duration deadline) {
    RaftShard target = shards.get(shard);
    return Uni.createFrom().emitter(caller -> submit(target, command, deadline, caller));
  }

  private void submit(
      RaftShard shard, Command command, Duration deadline, UniEmitter<? super Outcome> caller) {
    if (!shard.leadsAndIsReady()) {
      caller.fail(shard.notReady());
      return;
    }
    Proposal proposal = new Proposal(stamped(shard, command, deadline));
    if (proposal.size() > RaftLimits.COMMAND_BYTES_MAX) {
      caller.fail(tooLarge(proposal.size()));
      return;
    }
    try {
      shard.reserve(proposal.size());
    } catch (StorageFailure.Unavailable e) {
      caller.fail(e);
      return;
    }
    retries.earn();
    new Submission(this, shard, proposal, deadline, caller).start();
  }

  private Command stamped(RaftShard shard, Command command, Duration deadline) {
    long nowMs = shard.timeMs(clock.millis());
    return command.toBuilder()
        .setCommandId(commandId(nowMs + deadline.toMillis()))
        .setProposedMs(nowMs)
        .build();
  }

  private static ByteString commandId(long deadlineMs) {
    byte[] id = new byte[COMMAND_ID_BYTES];
    ByteBuffer.wrap(id).putLong(deadlineMs).putLong(ThreadLocalRandom.current().nextLong());
    return UnsafeByteOperations.unsafeWrap(id);
  }

  private static StorageFailure tooLarge(int bytes) {
    return new StorageFailure.Refused(
        Refusal.newBuilder()
            .setCode(RefusalCode.TOO_MANY)
            .setMessage(
                "the command has "
                    + bytes
                    + " bytes; at most "
                    + RaftLimits.COMMAND_BYTES_MAX
                    + " can be committed at once")
            .build());
  }

  @Override
  public Uni<Answer> query(int shard, Query query, Duration deadline) {
    return reads.ask(shards.get(shard), query, deadline);
  }

  Timer timer() {
    return timer;
  }

  RetryBudget retries() {
    return retries;
  }

  ClientId client() {
    return client;
  }

  long nextCall() {
    return calls.incrementAndGet();
  }

  void committed(int shard, long nanos) {
    commits.committed(shard, nanos);
  }
}

package io.sluice.metadata.raft;

import com.google.protobuf.ByteString;
import io.netty.util.Timer;
import io.sluice.storage.CommandId;
import io.sluice.storage.FormatRange;
import io.sluice.storage.StorageFailure;
import io.sluice.storage.proto.Command;
import io.sluice.storage.proto.Outcome;
import io.sluice.storage.proto.RefusalCode;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.subscription.UniEmitter;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.ratis.protocol.ClientId;

/** The way of commands into the shards that this node leads. Any thread. */
final class Submissions {
  /**
   * How far ahead a deadline may lie. Outcomes are kept until it is past, and one that never is
   * would be kept for ever.
   */
  private static final long DEADLINE_AHEAD_MS_MAX = 10 * 60_000L;

  private final Timer timer;
  private final Clock clock;
  private final RetryBudget retries = new RetryBudget();
  private final CommitListener commits;
  private final Executor released;
  private final Map<Integer, CommandGate> gates = new ConcurrentHashMap<>();
  // Random for each process: Ratis' replies to an earlier one's calls must never be taken for ours.
  private final ClientId client = ClientId.randomId();
  private final AtomicLong calls = new AtomicLong();

  /**
   * @param released runs commands that were held back
   */
  Submissions(Timer timer, Clock clock, CommitListener commits, Executor released) {
    this.timer = timer;
    this.clock = clock;
    this.commits = commits;
    this.released = released;
  }

  /** Hears of every command that was committed and applied; on Ratis' threads. */
  interface CommitListener {
    void committed(int shard, long nanos);
  }

  /** Each subscription submits the command, under its own id if it has one. */
  Uni<Outcome> submit(RaftShard shard, Command command, Duration deadline) {
    return Uni.createFrom().emitter(caller -> submit(shard, command, deadline, caller));
  }

  private void submit(
      RaftShard shard, Command command, Duration deadline, UniEmitter<? super Outcome> caller) {
    if (!shard.leadsAndIsReady()) {
      caller.fail(shard.notReady());
      return;
    }
    try {
      requireActive(shard, command);
      Proposal proposal = new Proposal(stamped(shard, command, deadline));
      if (proposal.size() > RaftLimits.COMMAND_BYTES_MAX) {
        throw tooLarge(proposal.size());
      }
      shard.reserve(proposal.size(), CommandGate.isOfACut(command));
      retries.earn();
      new Submission(this, shard, proposal, deadline, caller).start();
    } catch (StorageFailure e) {
      caller.fail(e);
    }
  }

  /** What is newer than the active format would stop the peers that don't know it. */
  private static void requireActive(RaftShard shard, Command command) {
    int needed = FormatRange.named(command.getFormat());
    int active = shard.state().format();
    if (needed > active) {
      throw StorageFailure.Refused.of(
          RefusalCode.FORMAT_NOT_ACTIVE,
          "this takes format %d, and the cluster uses %d until all of its nodes know a newer one"
              .formatted(needed, active));
    }
  }

  /** What a command would be proposed at now. */
  long shardTimeMs(RaftShard shard) {
    return shard.timeMs(clock.millis());
  }

  private Command stamped(RaftShard shard, Command command, Duration deadline) {
    long nowMs = shardTimeMs(shard);
    ByteString id = command.getCommandId();
    if (id.isEmpty()) {
      id = CommandId.until(nowMs + deadline.toMillis());
    } else if (id.size() != CommandId.BYTES) {
      throw StorageFailure.Refused.of(RefusalCode.INVALID_ARGUMENT, "A command id has 16 bytes.");
    } else if (CommandId.deadlineMs(id) - nowMs > DEADLINE_AHEAD_MS_MAX) {
      throw StorageFailure.Refused.of(
          RefusalCode.DEADLINE_TOO_FAR,
          "The deadline in the command id lies more than ten minutes ahead of the shard's time.");
    }
    return command.toBuilder().setCommandId(id).setProposedMs(nowMs).build();
  }

  private static StorageFailure tooLarge(int bytes) {
    return StorageFailure.Refused.of(
        RefusalCode.TOO_MANY,
        "the command has "
            + bytes
            + " bytes; at most "
            + RaftLimits.COMMAND_BYTES_MAX
            + " can be committed at once");
  }

  CommandGate gate(RaftShard shard) {
    return gates.computeIfAbsent(shard.shard(), unused -> new CommandGate(timer, released));
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

package io.sluice.metadata.raft;

import io.netty.util.Timeout;
import io.sluice.storage.CommandId;
import io.sluice.storage.StorageFailure;
import io.sluice.storage.proto.Outcome;
import io.sluice.storage.proto.RefusalCode;
import io.smallrye.mutiny.subscription.UniEmitter;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.ratis.protocol.RaftClientReply;
import org.apache.ratis.protocol.exceptions.LeaderNotReadyException;
import org.apache.ratis.protocol.exceptions.LeaderSteppingDownException;
import org.apache.ratis.protocol.exceptions.NotLeaderException;
import org.apache.ratis.protocol.exceptions.RaftException;
import org.apache.ratis.protocol.exceptions.ResourceUnavailableException;
import org.apache.ratis.protocol.exceptions.ServerNotReadyException;
import org.jspecify.annotations.Nullable;

/**
 * One command from the caller to its outcome.
 *
 * <p>Once the command went into a log, losing the leader or the answer says nothing about its fate:
 * it may still be applied (INVARIANTS 5). As long as no log took it, it is withdrawn, and reported
 * as not applied.
 *
 * <p>Where this node is the only one that can lead, a command whose answer was lost is offered
 * again here, the same bytes with the same id and deadline, which the state applies at most once.
 * With several peers that is for the caller, who can ask the next leader.
 */
final class Submission {
  private static final long BACKOFF_MS_MIN = 10;
  private static final long BACKOFF_MS_MAX = 500;
  private static final Duration RETRY_AFTER = Duration.ofSeconds(1);

  /**
   * For so long after its deadline a command is known to have been applied or not, in shard time.
   */
  private static final long OUTCOME_KEPT_MS = 60_000;

  private final Submissions all;
  private final RaftShard shard;
  private final Proposal proposal;
  private final UniEmitter<? super Outcome> caller;
  private final long startedNanos = System.nanoTime();
  private final long deadlineNanos;
  private final AtomicBoolean settled = new AtomicBoolean();
  private @Nullable Timeout timer;
  private final AtomicInteger attempts = new AtomicInteger();

  Submission(
      Submissions all,
      RaftShard shard,
      Proposal proposal,
      Duration deadline,
      UniEmitter<? super Outcome> caller) {
    this.all = all;
    this.shard = shard;
    this.proposal = proposal;
    this.deadlineNanos = deadline.toNanos();
    this.caller = caller;
  }

  /** Must have a reservation in the shard; gives it back when the command is settled. */
  void start() {
    timer = all.timer().newTimeout(t -> expire(), deadlineNanos, TimeUnit.NANOSECONDS);
    all.gate(shard).pass(proposal.command(), this::attempt);
  }

  private void attempt() {
    if (settled.get()) {
      return;
    }
    attempts.incrementAndGet();
    CompletableFuture<RaftClientReply> reply;
    try {
      reply = shard.propose(proposal, all.client(), all.nextCall());
    } catch (IOException | RuntimeException e) {
      retryOrFail(e);
      return;
    }
    var unused = reply.whenComplete(this::answered);
  }

  private void answered(@Nullable RaftClientReply reply, @Nullable Throwable failure) {
    if (failure != null) {
      retryOrFail(failure);
    } else if (reply == null) {
      retryOrFail(new IOException("no reply"));
    } else if (!reply.isSuccess()) {
      retryOrFail(reply.getException());
    } else if (reply.getMessage() instanceof Applied applied) {
      outcome(applied.outcome());
    } else {
      parse(reply);
    }
  }

  private void parse(RaftClientReply reply) {
    try {
      outcome(Outcome.parseFrom(reply.getMessage().getContent().asReadOnlyByteBuffer()));
    } catch (IOException e) {
      fail(new StorageFailure.OutcomeUnknown("the outcome can't be read", e));
    }
  }

  private void outcome(Outcome outcome) {
    if (!settle()) {
      return;
    }
    all.committed(shard.shard(), System.nanoTime() - startedNanos);
    if (!outcome.hasRefusal()) {
      caller.complete(outcome);
    } else if (outcome.getRefusal().getCode() == RefusalCode.DEADLINE_PASSED) {
      caller.fail(tooLate());
    } else {
      caller.fail(new StorageFailure.Refused(outcome.getRefusal()));
    }
  }

  /**
   * Past its deadline a command is refused unless its outcome is known. When that may have been
   * forgotten, an earlier attempt may have been applied.
   */
  private StorageFailure tooLate() {
    long deadlineMs = CommandId.deadlineMs(proposal.command().getCommandId());
    return shard.state().shardTimeMs() - deadlineMs < OUTCOME_KEPT_MS
        ? new StorageFailure.Unavailable("the command came too late", RETRY_AFTER, null)
        : new StorageFailure.OutcomeUnknown(
            "the command came so late that an earlier attempt may have been forgotten", null);
  }

  private void retryOrFail(Throwable failure) {
    Throwable cause =
        failure.getCause() != null && !(failure instanceof RaftException)
            ? failure.getCause()
            : failure;
    boolean worthIt =
        isTransient(cause) && shard.machine().failure() == null && shard.isOnlyPossibleLeader();
    long waitMs = backoffMs();
    long leftMs = TimeUnit.NANOSECONDS.toMillis(startedNanos + deadlineNanos - System.nanoTime());
    if (worthIt && waitMs < leftMs && all.retries().trySpend()) {
      all.timer().newTimeout(t -> attempt(), waitMs, TimeUnit.MILLISECONDS);
    } else if (!proposal.withdraw()) {
      fail(
          new StorageFailure.OutcomeUnknown(
              "no answer from metadata shard " + shard.shard(), cause));
    } else if (cause instanceof NotLeaderException
        || cause instanceof LeaderSteppingDownException) {
      fail(shard.notReady());
    } else {
      fail(
          new StorageFailure.Unavailable(
              "metadata shard " + shard.shard() + " does not take commands", RETRY_AFTER, cause));
    }
  }

  private static boolean isTransient(Throwable cause) {
    return cause instanceof NotLeaderException
        || cause instanceof LeaderNotReadyException
        || cause instanceof ServerNotReadyException
        || cause instanceof ResourceUnavailableException;
  }

  private long backoffMs() {
    long ceiling = Math.min(BACKOFF_MS_MAX, BACKOFF_MS_MIN << Math.min(attempts.get(), 10));
    return ThreadLocalRandom.current().nextLong(ceiling / 2, ceiling + 1);
  }

  private void expire() {
    if (proposal.withdraw()) {
      fail(
          new StorageFailure.Unavailable(
              "metadata shard " + shard.shard() + " did not take the command in time",
              RETRY_AFTER,
              null));
    } else {
      fail(
          new StorageFailure.OutcomeUnknown(
              "metadata shard " + shard.shard() + " did not answer in time", null));
    }
  }

  private void fail(StorageFailure failure) {
    if (settle()) {
      caller.fail(failure);
    }
  }

  private boolean settle() {
    if (!settled.compareAndSet(false, true)) {
      return false;
    }
    if (timer != null) {
      timer.cancel();
    }
    shard.release(proposal.size());
    return true;
  }
}

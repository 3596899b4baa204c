package io.sluice.metadata.raft;

import io.netty.util.Timeout;
import io.netty.util.Timer;
import io.sluice.storage.StorageFailure;
import io.sluice.storage.proto.Answer;
import io.sluice.storage.proto.Query;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.subscription.UniEmitter;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Reads of a group whose only voter is this node: nobody else can lead it, so the local state is
 * the newest, once this leader has applied all that its log held when it started (INVARIANTS 8).
 * Until then nothing is answered: Ratis itself would.
 *
 * <p>What the state knows without I/O is answered on the calling thread, the rest on workers.
 */
final class SoleVoterReads implements LinearizableReads {
  private static final Duration RETRY_AFTER = Duration.ofSeconds(1);

  private final ExecutorService workers;
  private final Timer timer;

  SoleVoterReads(ExecutorService workers, Timer timer) {
    this.workers = workers;
    this.timer = timer;
  }

  @Override
  public Uni<Answer> ask(RaftShard shard, Query query, Duration deadline) {
    return Uni.createFrom().emitter(caller -> ask(shard, query, deadline, caller));
  }

  private void ask(
      RaftShard shard, Query query, Duration deadline, UniEmitter<? super Answer> caller) {
    if (!shard.leadsAndIsReady()) {
      caller.fail(shard.notReady());
      return;
    }
    Answer known = shard.state().answerFromMemory(query);
    if (known != null) {
      give(known, caller);
      return;
    }
    Timeout timeout =
        timer.newTimeout(t -> caller.fail(late(shard)), deadline.toNanos(), TimeUnit.NANOSECONDS);
    try {
      workers.execute(() -> read(shard, query, timeout, caller));
    } catch (RejectedExecutionException e) {
      timeout.cancel();
      caller.fail(
          new StorageFailure.Unavailable("too many metadata reads wait", RETRY_AFTER, null));
    }
  }

  private static void read(
      RaftShard shard, Query query, Timeout timeout, UniEmitter<? super Answer> caller) {
    if (timeout.isExpired()) {
      return;
    }
    Answer answer = null;
    Throwable failure = null;
    try {
      answer = shard.state().answer(query);
    } catch (IOException | RuntimeException | Error e) {
      failure = e;
    }
    timeout.cancel();
    settle(answer, failure, caller);
  }

  private static void settle(
      @Nullable Answer answer, @Nullable Throwable failure, UniEmitter<? super Answer> caller) {
    if (answer != null) {
      give(answer, caller);
    } else if (failure instanceof StorageFailure) {
      caller.fail(failure);
    } else {
      caller.fail(
          new StorageFailure.Unavailable("the metadata can't be read", RETRY_AFTER, failure));
    }
  }

  private static void give(Answer answer, UniEmitter<? super Answer> caller) {
    if (answer.hasRefusal()) {
      caller.fail(new StorageFailure.Refused(answer.getRefusal()));
    } else {
      caller.complete(answer);
    }
  }

  private static StorageFailure late(RaftShard shard) {
    return new StorageFailure.Unavailable(
        "metadata shard " + shard.shard() + " did not answer in time", RETRY_AFTER, null);
  }
}

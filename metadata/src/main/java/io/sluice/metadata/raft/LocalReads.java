package io.sluice.metadata.raft;

import io.netty.util.Timeout;
import io.netty.util.Timer;
import io.sluice.storage.StorageFailure;
import io.sluice.storage.proto.Answer;
import io.sluice.storage.proto.Query;
import io.smallrye.mutiny.subscription.UniEmitter;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Questions to the state that this node has: what it knows without I/O is answered on the calling
 * thread, the rest on workers. Whether the state is new enough is for the caller to make sure.
 */
final class LocalReads {
  private static final Duration RETRY_AFTER = Duration.ofSeconds(1);

  private final ExecutorService workers;
  private final Timer timer;

  LocalReads(ExecutorService workers, Timer timer) {
    this.workers = workers;
    this.timer = timer;
  }

  /** Answers from memory, if that can be done. */
  static boolean answerFromMemory(RaftShard shard, Query query, UniEmitter<? super Answer> caller) {
    try {
      Answer known = shard.state().answerFromMemory(query);
      if (known == null) {
        return false;
      }
      give(known, caller);
    } catch (RuntimeException e) {
      settle(null, e, caller);
    }
    return true;
  }

  /** The question fails when its time is up, unless what is given is cancelled before. */
  Timeout expiry(RaftShard shard, Duration deadline, UniEmitter<? super Answer> caller) {
    return timer.newTimeout(
        t -> caller.fail(late(shard)), deadline.toNanos(), TimeUnit.NANOSECONDS);
  }

  /** Answers on a worker. Cancels {@code expiry}. */
  void answer(RaftShard shard, Query query, Timeout expiry, UniEmitter<? super Answer> caller) {
    run(() -> read(shard, query, expiry, caller), expiry, caller);
  }

  private void run(Runnable task, Timeout expiry, UniEmitter<? super Answer> caller) {
    try {
      workers.execute(task);
    } catch (RejectedExecutionException e) {
      expiry.cancel();
      caller.fail(overloaded());
    }
  }

  static StorageFailure overloaded() {
    return new StorageFailure.Unavailable("too many metadata reads wait", RETRY_AFTER, null);
  }

  private static void read(
      RaftShard shard, Query query, Timeout expiry, UniEmitter<? super Answer> caller) {
    if (expiry.isExpired()) {
      return;
    }
    Answer answer = null;
    Throwable failure = null;
    try {
      answer = shard.state().answer(query);
    } catch (IOException | RuntimeException | Error e) {
      failure = e;
    }
    expiry.cancel();
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

package io.sluice.gateway.placement;

import io.sluice.storage.StorageFailure;
import io.sluice.storage.chunk.ChunkId;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * One chunk on its way to its replicas. Copies that fail are noted for repair when the chunk counts
 * as written, be that before or after they fail.
 */
final class QuorumWrite {
  private static final Duration RETRY_AFTER = Duration.ofSeconds(1);

  private enum State {
    PENDING,
    WRITTEN,
    FAILED
  }

  private final ChunkId id;
  private final int replicas;
  private final int quorum;
  private final RepairBacklog backlog;
  private final Promise<Void> promise = Promise.promise();
  private final ReentrantLock lock = new ReentrantLock();
  private final List<String> missing = new ArrayList<>(1);
  private int done;
  private State state = State.PENDING;
  private @Nullable ScheduledFuture<?> deadline;

  QuorumWrite(ChunkId id, int replicas, int quorum, RepairBacklog backlog) {
    this.id = id;
    this.replicas = replicas;
    this.quorum = quorum;
    this.backlog = backlog;
  }

  /** To be called before the replicas are. */
  void startDeadline(ScheduledExecutorService timers, Duration limit) {
    deadline = timers.schedule(this::expired, limit.toMillis(), TimeUnit.MILLISECONDS);
  }

  Future<Void> future() {
    return promise.future();
  }

  void done(String replicaId) {
    lock.lock();
    try {
      done++;
      if (state != State.PENDING || done < quorum) {
        return;
      }
      state = State.WRITTEN;
      missing.forEach(missed -> backlog.add(id, missed));
    } finally {
      lock.unlock();
    }
    cancelDeadline();
    promise.complete();
  }

  void failed(String replicaId, @Nullable Throwable failure) {
    lock.lock();
    try {
      missing.add(replicaId);
      if (state == State.WRITTEN) {
        backlog.add(id, replicaId);
      }
      if (state != State.PENDING || replicas - missing.size() >= quorum) {
        return;
      }
      state = State.FAILED;
    } finally {
      lock.unlock();
    }
    cancelDeadline();
    promise.fail(
        new StorageFailure.Unavailable(
            "chunk " + id + " has no write quorum", RETRY_AFTER, failure));
  }

  private void expired() {
    lock.lock();
    try {
      if (state != State.PENDING) {
        return;
      }
      state = State.FAILED;
    } finally {
      lock.unlock();
    }
    promise.fail(
        new StorageFailure.Unavailable(
            "chunk " + id + " was not durable in time", RETRY_AFTER, null));
  }

  private void cancelDeadline() {
    ScheduledFuture<?> timer = deadline;
    if (timer != null) {
      timer.cancel(false);
    }
  }
}

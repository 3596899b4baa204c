package io.sluice.gateway.placement;

import io.sluice.storage.StorageFailure;
import io.sluice.storage.chunk.ChunkId;
import io.sluice.storage.chunk.ChunkReplica;
import io.sluice.storage.chunk.StoredFrames;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/** One read of some frames, from one replica after another until one has them. */
final class FailoverRead {
  private static final Duration RETRY_AFTER = Duration.ofSeconds(1);

  private final ChunkId id;
  private final int firstFrame;
  private final int frameCount;
  private final List<ChunkReplica> order;
  private final RepairBacklog backlog;
  private final ScheduledExecutorService timers;
  private final Duration limit;
  private final Promise<StoredFrames> promise = Promise.promise();
  // Attempts follow each other, and each hands over by its own flag: no two threads are in here.
  private int next;
  private final List<String> missing = new ArrayList<>(1);
  private boolean damaged;
  private boolean unreachable;
  private @Nullable Throwable cause;

  /**
   * @param order whom to ask, first to last
   * @param passedOver whether there are replicas that can't be asked now
   */
  FailoverRead(
      ChunkId id,
      int firstFrame,
      int frameCount,
      List<ChunkReplica> order,
      boolean passedOver,
      RepairBacklog backlog,
      ScheduledExecutorService timers,
      Duration limit) {
    this.id = id;
    this.firstFrame = firstFrame;
    this.frameCount = frameCount;
    this.order = order;
    this.unreachable = passedOver;
    this.backlog = backlog;
    this.timers = timers;
    this.limit = limit;
  }

  Future<StoredFrames> start() {
    askNext();
    return promise.future();
  }

  private void askNext() {
    if (next == order.size()) {
      promise.fail(failure());
      return;
    }
    ChunkReplica replica = order.get(next++);
    AtomicBoolean settled = new AtomicBoolean();
    ScheduledFuture<?> deadline =
        timers.schedule(
            () -> {
              if (settled.compareAndSet(false, true)) {
                unreachable = true;
                askNext();
              }
            },
            limit.toMillis(),
            TimeUnit.MILLISECONDS);
    ReplicatedChunkStore.attempt(() -> replica.read(id, firstFrame, frameCount))
        .onComplete(
            frames -> {
              if (settled.compareAndSet(false, true)) {
                deadline.cancel(false);
                missing.forEach(replicaId -> backlog.add(id, replicaId));
                promise.complete(frames);
              } else {
                frames.stored().release();
              }
            },
            failure -> {
              if (settled.compareAndSet(false, true)) {
                deadline.cancel(false);
                note(replica, failure);
                askNext();
              }
            });
  }

  private void note(ChunkReplica replica, Throwable failure) {
    cause = failure;
    if (failure instanceof StorageFailure.ChunkDamaged) {
      damaged = true;
      backlog.add(id, replica.id());
    } else if (failure instanceof StorageFailure.ChunkNotFound) {
      // Only missing if another has it: else it was deleted.
      missing.add(replica.id());
    } else {
      unreachable = true;
    }
  }

  /** A copy that may still be whole somewhere makes it a matter of time. */
  private StorageFailure failure() {
    if (unreachable) {
      return new StorageFailure.Unavailable(
          "no replica answers for chunk " + id, RETRY_AFTER, cause);
    }
    return damaged
        ? new StorageFailure.ChunkDamaged("every copy of chunk " + id + " is damaged", cause)
        : new StorageFailure.ChunkNotFound("no replica has chunk " + id);
  }
}

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
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * One read of some frames. A replica that fails is followed by the next at once. One that takes
 * longer than usual is joined by the next, once and if the budget allows, and one that takes longer
 * than its deadline in any case; it may still win. The first good answer counts, and the bytes of
 * all later ones are released here. There is one timer, not three: what is due next decides when it
 * rings.
 */
final class HedgedRead {
  private static final Duration RETRY_AFTER = Duration.ofSeconds(1);

  /**
   * What all reads share.
   *
   * @param perReplica after which the next replica is asked, whatever the budget says
   * @param total after which the read fails
   */
  record Surroundings(
      ReplicaScoreboard scores,
      HedgeBudget budget,
      RepairBacklog backlog,
      ReadFigures figures,
      ScheduledExecutorService timers,
      LongSupplier nanoTime,
      Duration perReplica,
      Duration total) {}

  private final ChunkId id;
  private final int firstFrame;
  private final int frameCount;
  private final List<ChunkReplica> order;
  private final List<String> owners;
  private final Surroundings around;
  private final long hedgeAfterNanos;
  private final Promise<StoredFrames> promise = Promise.promise();
  private final ReentrantLock lock = new ReentrantLock();

  // All below belongs to the lock.
  private final List<Attempt> underWay = new ArrayList<>(2);
  private final List<String> missing = new ArrayList<>(1);
  private long startNanos;
  private long lastAskedNanos;
  private int next;
  private boolean mayHedge = true;
  private boolean finished;
  private boolean found;
  private boolean damaged;
  private boolean unreachable;
  private @Nullable Throwable cause;
  private @Nullable ScheduledFuture<?> timer;

  private record Attempt(ChunkReplica replica, long startNanos, boolean hedge) {}

  /**
   * @param order whom to ask, first to last
   * @param owners ids of those who should have the chunk
   * @param passedOver whether there are replicas that can't be asked now
   * @param hedgeAfterNanos how long an answer usually takes at most
   */
  HedgedRead(
      ChunkId id,
      int firstFrame,
      int frameCount,
      List<ChunkReplica> order,
      List<String> owners,
      boolean passedOver,
      long hedgeAfterNanos,
      Surroundings around) {
    this.id = id;
    this.firstFrame = firstFrame;
    this.frameCount = frameCount;
    this.order = order;
    this.owners = owners;
    this.unreachable = passedOver;
    this.hedgeAfterNanos = hedgeAfterNanos;
    this.around = around;
  }

  Future<StoredFrames> start() {
    around.budget().earn();
    startNanos = around.nanoTime().getAsLong();
    if (order.isEmpty()) {
      promise.fail(failure());
      return promise.future();
    }
    ask(false);
    arm();
    return promise.future();
  }

  /** Asks the next replica, if there is one and nobody has answered. */
  private void ask(boolean hedge) {
    Attempt attempt;
    lock.lock();
    try {
      if (finished || next == order.size()) {
        return;
      }
      lastAskedNanos = around.nanoTime().getAsLong();
      attempt = new Attempt(order.get(next++), lastAskedNanos, hedge);
      underWay.add(attempt);
    } finally {
      lock.unlock();
    }
    ReplicatedChunkStore.attempt(() -> attempt.replica().read(id, firstFrame, frameCount))
        .onComplete(frames -> answered(attempt, frames), failure -> failed(attempt, failure));
  }

  private void answered(Attempt attempt, StoredFrames frames) {
    boolean wins;
    lock.lock();
    try {
      wins = !finished;
      underWay.remove(attempt);
      if (wins) {
        long now = around.nanoTime().getAsLong();
        around.scores().answered(attempt.replica().id(), now - attempt.startNanos());
        // Whoever was overtaken has taken at least that long.
        for (Attempt slower : underWay) {
          around.scores().answered(slower.replica().id(), now - slower.startNanos());
        }
        found = true;
        finish();
        missing.forEach(replicaId -> around.backlog().add(id, replicaId));
      }
    } finally {
      lock.unlock();
    }
    if (!wins) {
      frames.stored().release();
      return;
    }
    if (attempt.hedge()) {
      around.figures().hedgeWon();
    }
    promise.complete(frames);
  }

  private void failed(Attempt attempt, Throwable failure) {
    boolean over;
    boolean goesOn;
    lock.lock();
    try {
      underWay.remove(attempt);
      note(attempt.replica(), failure);
      goesOn = !finished && next < order.size();
      over = !finished && !goesOn && underWay.isEmpty();
      if (over) {
        finish();
      }
    } finally {
      lock.unlock();
    }
    if (goesOn) {
      around.figures().failedOver();
      ask(false);
    } else if (over) {
      promise.fail(failure());
    }
  }

  private void note(ChunkReplica replica, Throwable failure) {
    cause = failure;
    if (failure instanceof StorageFailure.ChunkDamaged) {
      damaged = true;
      around.backlog().add(id, replica.id());
    } else if (failure instanceof StorageFailure.ChunkNotFound) {
      if (!owners.contains(replica.id())) {
        return;
      }
      // Only missing if another has it: else it was deleted.
      if (found) {
        around.backlog().add(id, replica.id());
      } else {
        missing.add(replica.id());
      }
    } else {
      unreachable = true;
      around.scores().failed(replica.id());
    }
  }

  private void arm() {
    lock.lock();
    try {
      if (finished) {
        return;
      }
      long now = around.nanoTime().getAsLong();
      long due = around.total().toNanos() - (now - startNanos);
      if (next < order.size()) {
        long patience = mayHedge ? hedgeAfterNanos : around.perReplica().toNanos();
        due = Math.min(due, patience - (now - lastAskedNanos));
      }
      timer = around.timers().schedule(this::rang, Math.max(0, due), TimeUnit.NANOSECONDS);
    } finally {
      lock.unlock();
    }
  }

  private void rang() {
    boolean asks = false;
    boolean hedges = false;
    boolean over = false;
    lock.lock();
    try {
      if (finished) {
        return;
      }
      long now = around.nanoTime().getAsLong();
      if (now - startNanos >= around.total().toNanos()) {
        unreachable = true;
        over = true;
        for (Attempt silent : underWay) {
          around.scores().failed(silent.replica().id());
        }
        finish();
      } else if (next < order.size()) {
        hedges = mayHedge && now - lastAskedNanos >= hedgeAfterNanos && around.budget().trySpend();
        mayHedge &= now - lastAskedNanos < hedgeAfterNanos;
        asks = hedges || now - lastAskedNanos >= around.perReplica().toNanos();
      }
    } finally {
      lock.unlock();
    }
    if (over) {
      promise.fail(failure());
      return;
    }
    if (asks) {
      if (hedges) {
        around.figures().hedged();
      }
      ask(hedges);
    }
    arm();
  }

  private void finish() {
    finished = true;
    if (timer != null) {
      timer.cancel(false);
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

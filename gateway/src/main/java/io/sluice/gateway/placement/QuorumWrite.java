package io.sluice.gateway.placement;

import io.sluice.storage.Layout;
import io.sluice.storage.StorageFailure;
import io.sluice.storage.chunk.ChunkId;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One chunk on its way to its replicas. It counts as written when a majority of each replica set
 * has it: of the one set of a partition at rest, of both of one that moves (INVARIANTS 4). A
 * replica may be in both. Copies that fail, or stay out, are noted for repair when the chunk counts
 * as written, be that before or after.
 */
final class QuorumWrite {
  private static final Duration RETRY_AFTER = Duration.ofSeconds(1);

  private enum State {
    PENDING,
    WRITTEN,
    FAILED
  }

  private static final class ReplicaSet {
    final List<String> members;
    int done;
    int failed;

    ReplicaSet(List<String> members) {
      this.members = members;
    }

    boolean isWritten() {
      return done >= Layout.quorumOf(members.size());
    }

    boolean isLost() {
      return members.size() - failed < Layout.quorumOf(members.size());
    }
  }

  private final ChunkId id;
  private final RepairBacklog backlog;
  private final Consumer<String> tooSlow;
  private final Promise<Void> promise = Promise.promise();
  private final ReentrantLock lock = new ReentrantLock();
  private final List<ReplicaSet> sets = new ArrayList<>(2);
  private final Set<String> silent;
  private final List<String> missing = new ArrayList<>(1);
  private State state = State.PENDING;
  private boolean refused;
  private @Nullable ScheduledFuture<?> deadline;

  /**
   * @param replicas of the partition, as the layout has them
   * @param target what the partition moves to; empty when it does not move
   * @param tooSlow hears of replicas that did not answer before the deadline
   */
  QuorumWrite(
      ChunkId id,
      List<String> replicas,
      List<String> target,
      RepairBacklog backlog,
      Consumer<String> tooSlow) {
    this.id = id;
    this.backlog = backlog;
    this.tooSlow = tooSlow;
    sets.add(new ReplicaSet(replicas));
    if (!target.isEmpty()) {
      sets.add(new ReplicaSet(target));
    }
    this.silent = new LinkedHashSet<>(replicas);
    this.silent.addAll(target);
  }

  /** To be called before the replicas are. */
  void startDeadline(ScheduledExecutorService timers, Duration limit) {
    deadline = timers.schedule(this::expired, limit.toMillis(), TimeUnit.MILLISECONDS);
  }

  Future<Void> future() {
    return promise.future();
  }

  /** Whether a replica turned the chunk away, which it does when it knows a newer layout. */
  boolean wasRefused() {
    lock.lock();
    try {
      return refused;
    } finally {
      lock.unlock();
    }
  }

  void done(String replicaId) {
    boolean written;
    boolean last;
    lock.lock();
    try {
      last = answered(replicaId);
      for (ReplicaSet set : sets) {
        set.done += set.members.contains(replicaId) ? 1 : 0;
      }
      written = state == State.PENDING && sets.stream().allMatch(ReplicaSet::isWritten);
      if (written) {
        state = State.WRITTEN;
        missing.forEach(missed -> backlog.add(id, missed));
      }
    } finally {
      lock.unlock();
    }
    if (last) {
      cancelDeadline();
    }
    if (written) {
      promise.complete();
    }
  }

  void failed(String replicaId, @Nullable Throwable failure) {
    boolean lost;
    boolean last;
    lock.lock();
    try {
      last = answered(replicaId);
      refused |= failure instanceof StorageFailure.Unavailable;
      missing.add(replicaId);
      for (ReplicaSet set : sets) {
        set.failed += set.members.contains(replicaId) ? 1 : 0;
      }
      if (state == State.WRITTEN) {
        backlog.add(id, replicaId);
      }
      lost = state == State.PENDING && sets.stream().anyMatch(ReplicaSet::isLost);
      if (lost) {
        state = State.FAILED;
      }
    } finally {
      lock.unlock();
    }
    if (last || lost) {
      cancelDeadline();
    }
    if (lost) {
      promise.fail(
          new StorageFailure.Unavailable(
              "chunk " + id + " has no write quorum", RETRY_AFTER, failure));
    }
  }

  /** Whether that was the last answer. */
  private boolean answered(String replicaId) {
    silent.remove(replicaId);
    return silent.isEmpty();
  }

  private void expired() {
    lock.lock();
    try {
      silent.forEach(tooSlow);
      if (state == State.WRITTEN) {
        // Who answers yet has it after all; to look is cheap.
        silent.forEach(missed -> backlog.add(id, missed));
      }
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

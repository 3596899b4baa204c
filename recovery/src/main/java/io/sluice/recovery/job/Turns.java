package io.sluice.recovery.job;

import io.smallrye.mutiny.Uni;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Lets so many do something at a time; some more wait, first come first served. Any thread. */
final class Turns {
  private final int atATime;
  private final int waitingMax;
  private final ReentrantLock lock = new ReentrantLock();

  /** Guarded by the lock, as is the queue. */
  private int taken;

  private final Queue<CompletableFuture<Boolean>> waiting = new ArrayDeque<>();

  Turns(int atATime, int waitingMax) {
    this.atATime = atATime;
    this.waitingMax = waitingMax;
  }

  /**
   * Does something when it is its turn, which ends with it.
   *
   * @return fails with an {@link IOException} for people when too many wait already
   */
  <T> Uni<T> take(Supplier<Uni<T>> what) {
    return Uni.createFrom()
        .completionStage(this::turn)
        .flatMap(turn -> Uni.createFrom().deferred(what::get).onTermination().invoke(this::pass));
  }

  private CompletableFuture<Boolean> turn() {
    CompletableFuture<Boolean> turn = new CompletableFuture<>();
    lock.lock();
    try {
      if (taken < atATime) {
        taken++;
        turn.complete(true);
      } else if (waiting.size() < waitingMax) {
        waiting.add(turn);
      } else {
        turn.completeExceptionally(new IOException("too many look at targets just now; try again"));
      }
      return turn;
    } finally {
      lock.unlock();
    }
  }

  private void pass() {
    CompletableFuture<Boolean> next;
    do {
      next = next();
    } while (next != null && !next.complete(true)); // who waits no more needs no turn
  }

  private @Nullable CompletableFuture<Boolean> next() {
    lock.lock();
    try {
      CompletableFuture<Boolean> next = waiting.poll();
      if (next == null) {
        taken--;
      }
      return next;
    } finally {
      lock.unlock();
    }
  }
}

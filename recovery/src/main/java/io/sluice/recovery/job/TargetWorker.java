package io.sluice.recovery.job;

import io.sluice.recovery.backup.target.BackupTarget;
import io.sluice.storage.proto.TargetRecord;
import io.smallrye.mutiny.Uni;
import java.io.IOException;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Does what blocks at one target, one step after the other, and gives up when the target hangs, as
 * a file system whose server is gone does: then all steps fail, and no other begins. The thread
 * can't be freed; it is counted ({@link HungTargets}) until the target lets it go.
 *
 * <p>A target hangs when a step is under way and nothing that it asked for was answered for long.
 *
 * <p>For one use; methods return at once and may be called on any thread.
 */
final class TargetWorker {
  private static final Duration LOOK_EVERY = Duration.ofSeconds(1);

  private final BackupGround on;
  private final TargetRecord target;
  private final Executor thread;
  private final Duration silenceMax;
  private final Set<Step<?>> pending = ConcurrentHashMap.newKeySet();
  private final ReentrantLock lock = new ReentrantLock();

  /** While steps may be under way. Guarded by the lock. */
  private @Nullable ScheduledFuture<?> watch;

  private volatile long answeredNanos;

  /** Guarded by the lock. */
  private @Nullable Step<?> underWay;

  /** Guarded by the lock. */
  private boolean isBack;

  private volatile boolean givenUp;
  private volatile boolean ended;

  /**
   * @param thread does one step at a time
   * @param silenceMax how long an answer may take
   */
  TargetWorker(BackupGround on, TargetRecord target, Executor thread, Duration silenceMax) {
    this.on = on;
    this.target = target;
    this.thread = thread;
    this.silenceMax = silenceMax;
  }

  /** Opens the target; its answers are signs of life. Blocks: for a step. */
  BackupTarget open() throws IOException {
    BackupTarget opened = on.targets().open(target);
    answered();
    return new AnsweringTarget(opened, this::answered);
  }

  /** The target gave a sign of life. */
  void answered() {
    answeredNanos = on.nanos().getAsLong();
  }

  /** Does a step, anew for each subscription. */
  <T> Uni<T> step(Callable<T> step) {
    return Uni.createFrom().completionStage(() -> begin(step));
  }

  /**
   * Does a step.
   *
   * @return fails with what it throws, and with an {@link IOException} for people when the target
   *     hangs or the thread takes no more
   */
  <T> CompletableFuture<T> begin(Callable<T> what) {
    Step<T> step = new Step<>(what, false);
    if (on.hung().contains(target.getUrl())) {
      step.done.completeExceptionally(hangs());
    } else {
      execute(step);
    }
    return step.done;
  }

  private void execute(Step<?> step) {
    pending.add(step);
    try {
      watch();
      thread.execute(step);
    } catch (RejectedExecutionException full) {
      step.fail(new IOException("too much of this is going on just now; try again", full));
    }
  }

  private void watch() {
    lock.lock();
    try {
      if (watch == null) {
        watch =
            on.timers()
                .scheduleWithFixedDelay(
                    this::giveUpIfSilent,
                    LOOK_EVERY.toMillis(),
                    LOOK_EVERY.toMillis(),
                    TimeUnit.MILLISECONDS);
      }
    } finally {
      lock.unlock();
    }
  }

  private IOException hangs() {
    return new IOException(
        "target %s does not answer, and node %s still waits for it"
            .formatted(target.getName(), on.node()));
  }

  /**
   * Ends the work: no other step begins from here on. With a target that hangs the last one is done
   * when it is back, and nobody waits for it.
   *
   * @param last is done in any case
   */
  <T> Uni<Void> end(Callable<T> last) {
    return Uni.createFrom()
        .completionStage(
            () -> {
              ended = true;
              Step<T> step = new Step<>(last, true);
              execute(step);
              return givenUp ? CompletableFuture.<T>completedFuture(null) : step.done;
            })
        .replaceWithVoid()
        .onTermination()
        .invoke(this::end);
  }

  /** Needs no more watching: every step has ended. */
  void end() {
    lock.lock();
    try {
      if (watch != null) {
        watch.cancel(false);
      }
    } finally {
      lock.unlock();
    }
  }

  private void giveUpIfSilent() {
    lock.lock();
    try {
      long silence = on.nanos().getAsLong() - answeredNanos;
      if (underWay == null || givenUp || silence <= silenceMax.toNanos()) {
        return;
      }
      givenUp = true;
      on.hung().add(target.getUrl());
    } finally {
      lock.unlock();
    }
    pending.forEach(step -> step.fail(hangs()));
  }

  /** Something that blocks. */
  private final class Step<T> implements Runnable {
    private final Callable<T> what;
    private final boolean isLast;
    final CompletableFuture<T> done = new CompletableFuture<>();

    Step(Callable<T> what, boolean isLast) {
      this.what = what;
      this.isLast = isLast;
    }

    void fail(Throwable why) {
      pending.remove(this);
      done.completeExceptionally(why);
    }

    @Override
    public void run() {
      if (!begins()) {
        fail(givenUp ? hangs() : new IOException("the work has ended"));
        return;
      }
      try {
        T result = what.call();
        ends();
        done.complete(result);
      } catch (Exception | Error e) { // whoever waits must hear of it
        ends();
        done.completeExceptionally(e);
      }
    }

    private boolean begins() {
      lock.lock();
      try {
        if (!isLast && (givenUp || ended)) {
          return false;
        }
        answered();
        underWay = this;
        return true;
      } finally {
        lock.unlock();
      }
    }

    /** The thread is back, if it was given up: it does the last step, and no other. */
    private void ends() {
      pending.remove(this);
      lock.lock();
      try {
        underWay = null;
        if (givenUp && !isBack) {
          isBack = true;
          on.hung().remove(target.getUrl());
        }
      } finally {
        lock.unlock();
      }
    }
  }
}

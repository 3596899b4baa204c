package io.sluice.recovery.job;

import io.sluice.recovery.backup.target.BackupTarget;
import io.sluice.recovery.backup.target.BackupTargets;
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
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Does what blocks at one target, one step after the other, and gives up when the target hangs, as
 * a file system does whose server is gone: then all steps fail, and no other begins. The thread
 * can't be freed; it is counted ({@link HungTargets}) until the target lets it go, and then asks
 * for nothing more ({@link AnsweringTarget}).
 *
 * <p>A target hangs when a step is under way and nothing that it asked for was answered for long.
 * Only this worker's own silence counts once it has begun: what others found there, who are less
 * patient or asked for something else, keeps it from beginning, and no more. A target that has
 * deadlines of its own ({@link BackupTargets#mayHang}) is never given up.
 *
 * <p>For one use; methods return at once and may be called on any thread. While no step is under
 * way nothing of it is anywhere, so one that is dropped needs no end.
 */
final class TargetWorker implements AnsweringTarget.Life {
  private static final Duration LOOK_EVERY = Duration.ofSeconds(1);

  /** From when on people are told that it does not answer. */
  private static final Duration SILENCE_TOLD = Duration.ofSeconds(30);

  private final BackupGround on;
  private final TargetRecord target;
  private final Executor thread;
  private final Duration silenceMax;
  private final boolean mayHang;
  private final Set<Step<?>> pending = ConcurrentHashMap.newKeySet();
  private final ReentrantLock lock = new ReentrantLock();
  private volatile long answeredNanos;

  /** Guarded by the lock, as are the next three. */
  private @Nullable Step<?> underWay;

  private boolean begun;

  /** Looks at the step under way; null: none does. */
  private @Nullable ScheduledFuture<?> watch;

  /** The step under way is counted as one that hangs. */
  private boolean counted;

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
    this.mayHang = BackupTargets.mayHang(target.getUrl());
  }

  /** Opens the target; its answers are signs of life. Blocks: for a step. */
  BackupTarget open() throws IOException {
    BackupTarget opened = on.targets().open(target);
    try {
      requireGoingOn();
    } catch (IOException over) {
      opened.close();
      throw over;
    }
    answered();
    return new AnsweringTarget(opened, this);
  }

  @Override
  public void answered() {
    answeredNanos = on.nanos().getAsLong();
  }

  /** How long the target has not answered what it is asked for; null: it does, or nothing is. */
  @Nullable Duration silence() {
    lock.lock();
    try {
      if (!mayHang || (underWay == null && !givenUp)) {
        return null;
      }
      Duration silent = Duration.ofNanos(on.nanos().getAsLong() - answeredNanos);
      return givenUp || silent.compareTo(SILENCE_TOLD) > 0 ? silent : null;
    } finally {
      lock.unlock();
    }
  }

  @Override
  public boolean isOver() {
    return givenUp || ended;
  }

  @Override
  public void requireGoingOn() throws IOException {
    if (isOver()) {
      throw over();
    }
  }

  private IOException over() {
    return givenUp ? hangs() : new IOException("the work has ended");
  }

  private TargetHangsException hangs() {
    return new TargetHangsException(target, on.node());
  }

  /** Does a step, anew for each subscription. */
  <T> Uni<T> step(Callable<T> step) {
    return step(step, result -> {});
  }

  /**
   * Does a step, anew for each subscription.
   *
   * @param unwanted gets a result that comes when nobody waits any more
   */
  <T> Uni<T> step(Callable<T> step, Consumer<T> unwanted) {
    return Uni.createFrom().completionStage(() -> begin(step, unwanted));
  }

  /**
   * Does a step.
   *
   * @return fails with what it throws, with {@link TargetHangsException} when the target hangs, and
   *     with an {@link IOException} for people when the thread takes no more
   */
  <T> CompletableFuture<T> begin(Callable<T> what) {
    return begin(what, result -> {});
  }

  private <T> CompletableFuture<T> begin(Callable<T> what, Consumer<T> unwanted) {
    Step<T> step = new Step<>(what, unwanted, false);
    if (mayBegin()) {
      execute(step);
    } else {
      step.done.completeExceptionally(hangs());
    }
    return step.done;
  }

  /** Not where somebody hangs, unless the work is under way. */
  private boolean mayBegin() {
    lock.lock();
    try {
      begun = begun || !on.hung().contains(target.getUrl());
      return begun;
    } finally {
      lock.unlock();
    }
  }

  private void execute(Step<?> step) {
    pending.add(step);
    try {
      thread.execute(step);
    } catch (RejectedExecutionException full) {
      step.fail(new IOException("too much of this is going on just now; try again", full));
    }
    if (givenUp && !step.isLast) {
      step.fail(hangs()); // whoever gave up may not have seen it
    }
  }

  /**
   * Ends the work: no other step begins from here on, and the one under way asks the target for
   * nothing more. With a target that hangs the last one is done when it is back, and nobody waits
   * for it.
   *
   * @param last is done in any case
   */
  <T> Uni<Void> end(Callable<T> last) {
    return Uni.createFrom()
        .completionStage(
            () -> {
              ended = true;
              Step<T> step = new Step<>(last, result -> {}, true);
              execute(step);
              return givenUp ? CompletableFuture.<T>completedFuture(null) : step.done;
            })
        .replaceWithVoid();
  }

  /** With the lock. */
  private void watch() {
    if (mayHang && watch == null) {
      try {
        watch =
            on.timers()
                .schedule(this::giveUpIfSilent, LOOK_EVERY.toMillis(), TimeUnit.MILLISECONDS);
      } catch (RejectedExecutionException stopping) {
        watch = null; // the node ends, and the thread with it
      }
    }
  }

  /** Looks again while a step is under way that may yet be given up. */
  private void giveUpIfSilent() {
    lock.lock();
    try {
      watch = null;
      if (underWay == null || counted) {
        return;
      }
      if (on.nanos().getAsLong() - answeredNanos <= silenceMax.toNanos()) {
        watch();
        return;
      }
      givenUp = true;
      counted = true;
      on.hung().add(target.getUrl());
    } finally {
      lock.unlock();
    }
    pending.forEach(step -> step.fail(hangs()));
  }

  /** Something that blocks. */
  private final class Step<T> implements Runnable {
    private final Callable<T> what;
    private final Consumer<T> unwanted;
    private final boolean isLast;
    final CompletableFuture<T> done = new CompletableFuture<>();

    Step(Callable<T> what, Consumer<T> unwanted, boolean isLast) {
      this.what = what;
      this.unwanted = unwanted;
      this.isLast = isLast;
    }

    void fail(Throwable why) {
      pending.remove(this);
      done.completeExceptionally(why);
    }

    @Override
    public void run() {
      if (!begins()) {
        fail(over());
        return;
      }
      try {
        T result = what.call();
        ends();
        if (!done.complete(result)) {
          unwanted.accept(result);
        }
      } catch (Exception | Error e) { // whoever waits must hear of it
        ends();
        done.completeExceptionally(e);
      }
    }

    private boolean begins() {
      lock.lock();
      try {
        if (!isLast && isOver()) {
          return false;
        }
        answered();
        underWay = this;
        watch();
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
        if (counted) {
          counted = false;
          on.hung().remove(target.getUrl());
        }
      } finally {
        lock.unlock();
      }
    }
  }
}

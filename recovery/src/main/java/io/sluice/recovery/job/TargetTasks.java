package io.sluice.recovery.job;

import io.sluice.storage.proto.TargetRecord;
import io.smallrye.mutiny.Uni;
import java.time.Duration;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;

/**
 * Long work that one node does at targets because somebody asked it to: one of its kind at a time a
 * target, on a few threads of its own. What the last one found is kept until another begins; it is
 * lost with the node, and can be asked for again. Any thread.
 */
final class TargetTasks<R> implements AutoCloseable {
  /** Steps at the same time, without those whose target hangs. */
  private static final int STEPS_MAX = 2;

  /** Most of them for targets that hang: of 100 targets each may. */
  private static final int THREADS = 102;

  /** A target that does not answer for so long hangs: one of S3 has said by then why. */
  private static final Duration SILENCE_MAX = Duration.ofMinutes(6);

  private static final int WAITING_MAX = 16;
  private static final int IDLE_SECONDS = 30;
  private static final int KEPT_MAX = 200;

  private final BackupGround on;
  private final ThreadPoolExecutor workers;
  private final Turns turns = new Turns(STEPS_MAX, WAITING_MAX);
  private final ReentrantLock lock = new ReentrantLock();
  private final Map<String, TargetTask<R>> tasks = new LinkedHashMap<>();
  private volatile boolean closed;

  /**
   * @param name of its threads
   */
  TargetTasks(BackupGround on, String name) {
    this.on = on;
    this.workers =
        new ThreadPoolExecutor(
            0,
            THREADS,
            IDLE_SECONDS,
            TimeUnit.SECONDS,
            new SynchronousQueue<>(),
            task -> {
              Thread thread = new Thread(task, name);
              thread.setDaemon(true);
              return thread;
            });
  }

  /**
   * Begins.
   *
   * @param work what is to be done; it asks {@link #goOn} now and then
   * @return empty when one is under way at that target
   */
  Optional<TargetTask<R>> begin(String target, Function<TargetTask<R>, Uni<R>> work) {
    TargetTask<R> task = new TargetTask<>(UUID.randomUUID().toString(), on.clock().instant());
    lock.lock();
    try {
      TargetTask<R> before = tasks.get(target);
      if (before != null && before.end() == null) {
        return Optional.empty();
      }
      tasks.remove(target);
      tasks.put(target, task);
      forgetOldest();
    } finally {
      lock.unlock();
    }
    Uni.createFrom()
        .deferred(() -> work.apply(task))
        .subscribe()
        .with(
            found -> task.end(new TargetTask.End<>(on.clock().instant(), found, null)),
            failure -> task.end(new TargetTask.End<>(on.clock().instant(), null, failure)));
    return Optional.of(task);
  }

  private void forgetOldest() {
    Iterator<TargetTask<R>> oldest = tasks.values().iterator();
    while (tasks.size() > KEPT_MAX && oldest.hasNext()) {
      if (oldest.next().end() != null) {
        oldest.remove();
      }
    }
  }

  /** The last that was begun at a target. */
  Optional<TargetTask<R>> find(String target) {
    lock.lock();
    try {
      return Optional.ofNullable(tasks.get(target));
    } finally {
      lock.unlock();
    }
  }

  /** Throws when the node is stopping. */
  void goOn() {
    if (closed) {
      throw new CancellationException("the node is stopping");
    }
  }

  /** For the steps of a task, which ends it. */
  TargetWorker worker(TargetRecord target) {
    return new TargetWorker(on, target, workers, SILENCE_MAX);
  }

  /** Does something that blocks at a target. */
  <T> Uni<T> step(TargetWorker worker, Callable<T> step) {
    return turns.take(() -> worker.step(step));
  }

  /** What is under way ends soon. */
  @Override
  public void close() {
    closed = true;
    workers.shutdown();
  }
}

package io.sluice.recovery.job;

import io.smallrye.mutiny.Uni;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
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
  private static final int THREADS = 2;
  private static final int WAITING_MAX = 16;
  private static final int IDLE_SECONDS = 30;
  private static final int KEPT_MAX = 200;

  private final BackupGround on;
  private final ThreadPoolExecutor workers;
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
            THREADS,
            THREADS,
            IDLE_SECONDS,
            TimeUnit.SECONDS,
            new ArrayBlockingQueue<>(WAITING_MAX),
            task -> {
              Thread thread = new Thread(task, name);
              thread.setDaemon(true);
              return thread;
            });
    workers.allowCoreThreadTimeOut(true);
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

  /** Does something that blocks. */
  <T> Uni<T> onWorker(Callable<T> step) {
    return BlockingSteps.on(workers, step);
  }

  /** What is under way ends soon. */
  @Override
  public void close() {
    closed = true;
    workers.shutdown();
  }
}

package io.sluice.gateway.pipe;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Runs tasks one after another on a pool, without holding a thread between them. What one task did
 * is visible to the next. After each task the thread goes back to the pool, so that a fast upload
 * doesn't keep others waiting.
 *
 * <p>The queue is bounded by whoever submits: an upload hands over only what its window allows.
 */
final class SerialExecutor implements Executor {
  private final Executor pool;
  private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
  private final AtomicInteger pending = new AtomicInteger();

  SerialExecutor(Executor pool) {
    this.pool = pool;
  }

  /**
   * @throws RejectedExecutionException when the pool's queue is full; the task will not run
   */
  @Override
  public void execute(Runnable task) {
    tasks.add(task);
    if (pending.getAndIncrement() == 0) {
      try {
        pool.execute(this::runOne);
      } catch (RejectedExecutionException e) {
        tasks.clear();
        pending.set(0);
        throw e;
      }
    }
  }

  private void runOne() {
    try {
      Runnable task = tasks.poll();
      if (task != null) {
        task.run();
      }
    } finally {
      if (pending.decrementAndGet() > 0) {
        handOver();
      }
    }
  }

  private void handOver() {
    try {
      pool.execute(this::runOne);
    } catch (RejectedExecutionException full) {
      // Tasks that were accepted must run: better here and now than never.
      runOne();
    }
  }
}

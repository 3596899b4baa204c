package io.sluice.gateway.pipe;

import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The threads that hash, compress and decompress: about as many as there are cores, so that event
 * loops get their share. What does not fit into the queue is refused with {@link
 * java.util.concurrent.RejectedExecutionException}. Safe for use by many threads.
 */
public final class ComputePool implements Executor, AutoCloseable {
  private static final long CLOSE_SECONDS_MAX = 5;

  private final ThreadPoolExecutor threads;
  private final int queueMax;

  /**
   * @param threadCount 1 or more
   * @param queueMax tasks that may wait; an upload or download has a few at most
   */
  public ComputePool(int threadCount, int queueMax) {
    this.queueMax = queueMax;
    AtomicInteger number = new AtomicInteger();
    this.threads =
        new ThreadPoolExecutor(
            threadCount,
            threadCount,
            0,
            TimeUnit.SECONDS,
            new ArrayBlockingQueue<>(queueMax),
            task -> {
              Thread thread = new Thread(task, "sluice-compute-" + number.getAndIncrement());
              thread.setDaemon(true);
              return thread;
            });
  }

  @Override
  public void execute(Runnable task) {
    threads.execute(task);
  }

  /** Runs tasks on these threads one after another, in their order. */
  SerialExecutor serial() {
    return new SerialExecutor(this);
  }

  /** How many tasks wait now. */
  public int queued() {
    return threads.getQueue().size();
  }

  /** How many tasks may wait. */
  public int queueMax() {
    return queueMax;
  }

  /** Takes no more tasks; those that are there get a few seconds. Blocks: not for event loops. */
  @Override
  public void close() {
    threads.shutdown();
    try {
      if (!threads.awaitTermination(CLOSE_SECONDS_MAX, TimeUnit.SECONDS)) {
        threads.shutdownNow();
      }
    } catch (InterruptedException e) {
      threads.shutdownNow();
      Thread.currentThread().interrupt();
    }
  }
}

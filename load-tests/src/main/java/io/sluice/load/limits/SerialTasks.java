package io.sluice.load.limits;

import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.Executor;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Runs the tasks of one upload one after the other on a shared pool, without giving up the worker
 * while there is a next one.
 */
final class SerialTasks {

  private final Executor pool;
  private final Queue<Runnable> waiting = new ArrayDeque<>();
  private final ReentrantLock lock = new ReentrantLock();
  private boolean running;

  SerialTasks(Executor pool) {
    this.pool = pool;
  }

  /** Any thread. How many wait is bounded by the upload's window, not here. */
  void submit(Runnable task) {
    lock.lock();
    try {
      waiting.add(task);
      if (running) {
        return;
      }
      running = true;
    } finally {
      lock.unlock();
    }
    pool.execute(this::drain);
  }

  private void drain() {
    while (true) {
      Runnable task;
      lock.lock();
      try {
        task = waiting.poll();
        if (task == null) {
          running = false;
          return;
        }
      } finally {
        lock.unlock();
      }
      task.run();
    }
  }
}

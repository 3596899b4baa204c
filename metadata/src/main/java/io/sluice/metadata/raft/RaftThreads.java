package io.sluice.metadata.raft;

import io.netty.util.HashedWheelTimer;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** The threads of a peer beside those of Ratis. Every queue has an end. */
final class RaftThreads {
  private static final int READ_THREADS_MAX = 4;
  private static final int READ_QUEUE_MAX = 4096;
  private static final int ADMIN_QUEUE_MAX = 256;
  private static final int TIMER_TICK_MS = 10;

  private final HashedWheelTimer timer =
      new HashedWheelTimer(
          new DefaultThreadFactory("sluice-metadata-timer", true),
          TIMER_TICK_MS,
          TimeUnit.MILLISECONDS);
  private final ThreadPoolExecutor readers =
      pool(
          Math.min(READ_THREADS_MAX, Runtime.getRuntime().availableProcessors()),
          READ_QUEUE_MAX,
          "sluice-metadata-read");
  private final ThreadPoolExecutor flusher;
  private final ThreadPoolExecutor installer;
  private final ThreadPoolExecutor admin;
  private final ThreadPoolExecutor released;

  RaftThreads(int shards) {
    // A shard asks for one flush at a time, so the queue can't be full.
    flusher = pool(1, shards, "sluice-metadata-flush");
    installer = pool(1, 2 * shards, "sluice-metadata-install");
    admin = pool(2, ADMIN_QUEUE_MAX, "sluice-metadata-admin");
    // A shard is held by one cut at a time.
    released = pool(1, 2 * shards, "sluice-metadata-release");
  }

  private static ThreadPoolExecutor pool(int threads, int queue, String name) {
    ThreadPoolExecutor pool =
        new ThreadPoolExecutor(
            threads,
            threads,
            30,
            TimeUnit.SECONDS,
            new ArrayBlockingQueue<>(queue),
            new DefaultThreadFactory(name, true));
    pool.allowCoreThreadTimeOut(true);
    return pool;
  }

  HashedWheelTimer timer() {
    return timer;
  }

  ThreadPoolExecutor readers() {
    return readers;
  }

  ExecutorService flusher() {
    return flusher;
  }

  ExecutorService installer() {
    return installer;
  }

  /** Runs what may block for as long as another peer does not answer. */
  ExecutorService admin() {
    return admin;
  }

  /** Runs the commands that a cut held back. */
  ExecutorService released() {
    return released;
  }

  /** Nothing new is begun that the Ratis server is needed for. */
  void stopWork() {
    flusher.shutdown();
    admin.shutdown();
  }

  void stop() {
    released.shutdownNow();
    installer.shutdownNow();
    readers.shutdownNow();
    timer.stop();
  }
}

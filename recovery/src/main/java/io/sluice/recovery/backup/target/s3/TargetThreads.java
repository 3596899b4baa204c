package io.sluice.recovery.backup.target.s3;

import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** The threads of a target. They end by themselves when there is nothing to do. */
final class TargetThreads {
  private static final int HTTP_THREADS = 2;
  private static final long IDLE_SECONDS = 10;

  private TargetThreads() {}

  /**
   * For an HTTP client, which hands over some short work for each connection, and has as many
   * connections as there are threads that wait for an answer: the queue stays as short.
   */
  static Executor ofHttp() {
    ThreadPoolExecutor threads =
        new ThreadPoolExecutor(
            HTTP_THREADS,
            HTTP_THREADS,
            IDLE_SECONDS,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            daemons("backup-s3-http"));
    threads.allowCoreThreadTimeOut(true);
    return threads;
  }

  /** For parts on their way; refuses another one while so many are. */
  static ThreadPoolExecutor ofParts(int threads) {
    return new ThreadPoolExecutor(
        0,
        threads,
        IDLE_SECONDS,
        TimeUnit.SECONDS,
        new SynchronousQueue<>(),
        daemons("backup-s3-part"));
  }

  private static ThreadFactory daemons(String name) {
    return task -> {
      Thread thread = new Thread(task, name);
      thread.setDaemon(true);
      return thread;
    };
  }
}

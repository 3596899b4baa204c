package io.sluice.cluster.heal;

import io.netty.util.concurrent.DefaultThreadFactory;
import java.time.Duration;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The one thread on which healing begins things, now or later. Any thread may ask it. */
final class HealTimer implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(HealTimer.class);

  private final ScheduledThreadPoolExecutor scheduler;

  HealTimer() {
    scheduler = new ScheduledThreadPoolExecutor(1, new DefaultThreadFactory("sluice-heal", true));
    scheduler.setRemoveOnCancelPolicy(true);
    scheduler.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    scheduler.setRejectedExecutionHandler(new ThreadPoolExecutor.DiscardPolicy());
  }

  /** Runs a task after a while; not at all if this was closed by then. */
  void later(Runnable task, Duration wait) {
    Runnable reported =
        () -> {
          try {
            task.run();
          } catch (RuntimeException e) {
            LOG.error("Healing", e);
          }
        };
    var unused = scheduler.schedule(reported, wait.toMillis(), TimeUnit.MILLISECONDS);
  }

  /** For what waits by itself. */
  ScheduledExecutorService executor() {
    return scheduler;
  }

  @Override
  public void close() {
    scheduler.shutdownNow();
  }
}

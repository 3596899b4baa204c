package io.sluice.testkit.loops;

import io.netty.util.concurrent.EventExecutor;
import io.vertx.core.Vertx;
import io.vertx.core.internal.VertxInternal;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Fails the test during which an event loop was blocked for 100 ms, whatever it did meanwhile:
 * computed, waited for a lock, or sat in a system call. {@link WatchedLoop} has how that is
 * measured, and why a busy machine does not count.
 *
 * <p>JUnit finds this extension by itself (it is a service, and {@code junit-platform.properties}
 * beside it turns that on) wherever the testkit is on the class path; what remains to do is to name
 * the loops, with {@link #watch}.
 */
public final class BlockedLoops implements AfterEachCallback, AfterAllCallback {
  private static final int FOUND_MAX = 100;
  private static final List<WatchedLoop> LOOPS = new CopyOnWriteArrayList<>();
  private static final LinkedBlockingQueue<Throwable> FOUND = new LinkedBlockingQueue<>(FOUND_MAX);
  private static final ScheduledExecutorService WATCHER =
      Executors.newSingleThreadScheduledExecutor(
          task -> {
            Thread thread = new Thread(task, "blocked-loops");
            thread.setDaemon(true);
            return thread;
          });

  private static final Future<?> WATCH =
      WATCHER.scheduleWithFixedDelay(
          BlockedLoops::look, 0, WatchedLoop.INTERVAL_NS, TimeUnit.NANOSECONDS);

  /** Watches the event loops of {@code vertx} from now on, until it is closed. */
  public static void watch(Vertx vertx) {
    for (EventExecutor loop : ((VertxInternal) vertx).nettyEventLoopGroup()) {
      LOOPS.add(WatchedLoop.of(loop));
    }
  }

  /** What was found and has not failed a test yet; it no longer will. */
  public static List<Throwable> takeFound() {
    List<Throwable> found = new ArrayList<>();
    FOUND.drainTo(found);
    return found;
  }

  private static void look() {
    LOOPS.removeIf(WatchedLoop::ends);
    for (WatchedLoop loop : LOOPS) {
      Throwable blocked = loop.look();
      if (blocked != null) {
        FOUND.offer(blocked);
      }
    }
  }

  @Override
  public void afterEach(ExtensionContext context) {
    rethrow();
  }

  @Override
  public void afterAll(ExtensionContext context) {
    rethrow();
  }

  private static void rethrow() {
    if (WATCH.isDone()) {
      throw new AssertionError("the watcher of the event loops has failed");
    }
    List<Throwable> found = takeFound();
    if (!found.isEmpty()) {
      AssertionError error = new AssertionError("an event loop was blocked");
      found.forEach(error::addSuppressed);
      throw error;
    }
  }
}

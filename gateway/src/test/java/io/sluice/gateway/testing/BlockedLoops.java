package io.sluice.gateway.testing;

import io.vertx.core.VertxOptions;
import io.vertx.core.internal.VertxInternal;
import io.vertx.core.internal.threadchecker.BlockedThreadEvent;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Fails the test during which an event loop was blocked: one that waits (for a lock, a file, a
 * future) after 100 ms. One that runs may only be waiting for a processor, which tests share with
 * whatever else runs on the machine, or for a class to load: it fails after a second.
 */
public final class BlockedLoops implements AfterEachCallback, AfterAllCallback {
  private static final long WAITING_NS_MAX = TimeUnit.MILLISECONDS.toNanos(100);
  private static final long RUNNING_NS_MAX = TimeUnit.SECONDS.toNanos(1);
  private static final List<Throwable> BLOCKED = new CopyOnWriteArrayList<>();

  /** Options of a Vert.x whose event loops are watched. */
  public static VertxOptions options() {
    return new VertxOptions()
        .setBlockedThreadCheckInterval(50)
        .setBlockedThreadCheckIntervalUnit(TimeUnit.MILLISECONDS)
        .setMaxEventLoopExecuteTime(WAITING_NS_MAX)
        .setMaxEventLoopExecuteTimeUnit(TimeUnit.NANOSECONDS);
  }

  /** Watches the event loops of a Vert.x made with {@link #options}. */
  public static void watch(VertxInternal vertx) {
    vertx.blockedThreadChecker().setThreadBlockedHandler(BlockedLoops::noted);
  }

  private static void noted(BlockedThreadEvent event) {
    Thread thread = event.thread();
    boolean eventLoop = thread.getName().contains("eventloop");
    boolean waits = thread.getState() != Thread.State.RUNNABLE && !loadsClass(thread);
    if (eventLoop && event.duration() > (waits ? WAITING_NS_MAX : RUNNING_NS_MAX)) {
      IllegalStateException blocked =
          new IllegalStateException(
              thread.getName() + " was blocked for " + event.duration() / 1_000_000 + " ms");
      blocked.setStackTrace(thread.getStackTrace());
      BLOCKED.add(blocked);
    }
  }

  private static boolean loadsClass(Thread thread) {
    for (StackTraceElement frame : thread.getStackTrace()) {
      if (frame.getClassName().startsWith("jdk.internal.loader.")) {
        return true;
      }
    }
    return false;
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
    List<Throwable> found = List.copyOf(BLOCKED);
    BLOCKED.clear();
    if (!found.isEmpty()) {
      AssertionError error = new AssertionError("an event loop was blocked");
      found.forEach(error::addSuppressed);
      throw error;
    }
  }
}

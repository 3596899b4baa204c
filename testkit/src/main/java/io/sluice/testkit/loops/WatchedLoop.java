package io.sluice.testkit.loops;

import io.netty.util.concurrent.EventExecutor;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * An event loop that is asked for a sign of life again and again. While it owes one, the time that
 * it spends on its own account is added up: what it computes, by the processor's clock, and what it
 * waits for anything but a processor. So a loop that a busy machine does not let run is not found
 * guilty, and neither is one that stands still in a collection of garbage, in which the watcher
 * stands still too.
 *
 * <p>The first use of a class loads it, from a disk that may be busy. In a process that lives for
 * seconds, as tests do, that comes upon loops at every turn; so once a loop begins to take long,
 * what it spends in loading classes is added up apart, and has a greater bound.
 *
 * <p>All but {@link #of} on the watcher's thread.
 */
final class WatchedLoop {
  /** How often a loop is looked at. */
  static final long INTERVAL_NS = TimeUnit.MILLISECONDS.toNanos(5);

  /**
   * A loop blocked for 100 ms is found for certain: it owes its sign of life at most an interval
   * after the beginning, and what it then does is known to within another.
   */
  static final long OWN_NS_MAX = TimeUnit.MILLISECONDS.toNanos(100) - 2 * INTERVAL_NS;

  /** Beyond this the stack is looked at, to tell the loading of classes apart. */
  private static final long UNSUSPICIOUS_NS = TimeUnit.MILLISECONDS.toNanos(25);

  /** What loading classes may take, once for each. */
  private static final long LOADING_NS_MAX = TimeUnit.MILLISECONDS.toNanos(500);

  private final EventExecutor loop;
  private final ThreadActivity activity;
  private volatile boolean alive = true;
  private long ownNanos;
  private long loadingNanos;
  private long lookedNanos;
  private long processorNanos;
  private boolean slept;
  private boolean reported;

  private WatchedLoop(EventExecutor loop, ThreadActivity activity) {
    this.loop = loop;
    this.activity = activity;
  }

  static WatchedLoop of(EventExecutor loop) {
    try {
      return new WatchedLoop(loop, loop.submit(ThreadActivity::ofCaller).get(10, TimeUnit.SECONDS));
    } catch (ExecutionException | TimeoutException | InterruptedException e) {
      throw new IllegalStateException("the event loop does not even begin", e);
    }
  }

  boolean ends() {
    return loop.isShuttingDown();
  }

  /** Looks at the loop; returns what it is guilty of, once for each block. */
  @Nullable Throwable look() {
    if (alive) {
      ask();
      return null;
    }
    long now = System.nanoTime();
    long processor = activity.processorNanos();
    boolean asleep = activity.asleep();
    long wall = now - lookedNanos;
    long used = processor - processorNanos;
    long spent = used + (asleep ? waited(wall, used) : 0);
    lookedNanos = now;
    processorNanos = processor;
    slept = asleep;
    if (ownNanos + spent <= UNSUSPICIOUS_NS) {
      ownNanos += spent;
      return null;
    }
    StackTraceElement[] stack = activity.thread().getStackTrace();
    if (loadsClasses(stack)) {
      loadingNanos += spent;
    } else {
      ownNanos += spent;
    }
    if (reported || (ownNanos <= OWN_NS_MAX && loadingNanos <= LOADING_NS_MAX)) {
      return null;
    }
    if (alive) {
      return null; // Over before its stack was seen: another's would accuse the wrong one.
    }
    reported = true;
    IllegalStateException blocked =
        new IllegalStateException(
            activity.thread().getName()
                + (asleep ? " waited" : " ran")
                + "; it has been busy with something else than its loop for "
                + TimeUnit.NANOSECONDS.toMillis(ownNanos + loadingNanos)
                + " ms");
    blocked.setStackTrace(stack);
    return blocked;
  }

  /** Asleep at both ends and nothing computed: asleep in between. Else that is not known. */
  private long waited(long wall, long used) {
    return slept && used == 0 ? wall : Math.min(wall - used, INTERVAL_NS);
  }

  private static boolean loadsClasses(StackTraceElement[] stack) {
    for (StackTraceElement frame : stack) {
      String type = frame.getClassName();
      boolean loads =
          type.equals("java.lang.ClassLoader")
              || type.equals("java.lang.invoke.MethodHandleNatives")
              || frame.getMethodName().equals("<clinit>");
      if (loads) {
        return true;
      }
    }
    return false;
  }

  private void ask() {
    ownNanos = 0;
    loadingNanos = 0;
    slept = false;
    reported = false;
    processorNanos = activity.processorNanos();
    lookedNanos = System.nanoTime();
    alive = false;
    try {
      loop.execute(() -> alive = true);
    } catch (RejectedExecutionException e) {
      alive = true; // It ends.
    }
  }
}

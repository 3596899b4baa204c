package io.sluice.testkit.loops;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * What a thread does, as its operating system sees it.
 *
 * <p>To Java a thread in a system call is running, whether it computes, waits for a disk or waits
 * for a processor. Linux tells them apart: {@code /proc/self/task/ID/stat} says whether the thread
 * could run. Elsewhere Java's own view is used, which takes a thread that waits in a system call
 * for one that could run.
 */
final class ThreadActivity {
  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

  private final Thread thread;
  private final @Nullable Path stat;

  private ThreadActivity(Thread thread, @Nullable Path stat) {
    this.thread = thread;
    this.stat = stat;
  }

  /** The activity of the calling thread, for another one to look at. */
  static ThreadActivity ofCaller() {
    return new ThreadActivity(Thread.currentThread(), statOfCaller());
  }

  private static @Nullable Path statOfCaller() {
    try {
      // A link to PID/task/TID, which only the thread itself can follow.
      Path self = Files.readSymbolicLink(Path.of("/proc/thread-self"));
      return Path.of("/proc").resolve(self).resolve("stat");
    } catch (IOException | UnsupportedOperationException e) {
      return null;
    }
  }

  Thread thread() {
    return thread;
  }

  /** Processor time that the thread has used; nanoseconds. */
  long processorNanos() {
    return THREADS.getThreadCpuTime(thread.getId());
  }

  /** Whether it waits for something else than a processor. */
  boolean asleep() {
    if (stat == null) {
      return thread.getState() != Thread.State.RUNNABLE;
    }
    try {
      String line = Files.readString(stat, StandardCharsets.ISO_8859_1);
      // "ID (name) STATE …"; the name may hold anything, parentheses too.
      return line.charAt(line.lastIndexOf(')') + 2) != 'R';
    } catch (IOException e) {
      return false; // It has ended.
    }
  }
}

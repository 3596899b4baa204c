package io.sluice.recovery.mirror;

import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;

/**
 * What a file system was asked for and has not answered yet: one whose server is gone never does,
 * and the thread that asked can't be freed. Any thread.
 */
final class Pending {
  private final LongSupplier nanos;

  /** By whoever asks: no more than there are threads. */
  private final Map<Thread, Long> since = new ConcurrentHashMap<>();

  /** Something that is asked for. */
  @FunctionalInterface
  interface Operation<T> {
    T run() throws IOException;
  }

  /** The same without a result. */
  @FunctionalInterface
  interface Command {
    void run() throws IOException;
  }

  /**
   * @param nanos a monotonic clock, as {@link System#nanoTime}
   */
  Pending(LongSupplier nanos) {
    this.nanos = nanos;
  }

  <T> T ask(Operation<T> operation) throws IOException {
    since.put(Thread.currentThread(), nanos.getAsLong());
    try {
      return operation.run();
    } finally {
      since.remove(Thread.currentThread());
    }
  }

  void run(Command command) throws IOException {
    boolean unused =
        ask(
            () -> {
              command.run();
              return true;
            });
  }

  /** How long the oldest of them has waited; zero: none does. */
  Duration longest() {
    long now = nanos.getAsLong();
    long longest = since.values().stream().mapToLong(began -> now - began).max().orElse(0);
    return Duration.ofNanos(Math.max(0, longest));
  }
}

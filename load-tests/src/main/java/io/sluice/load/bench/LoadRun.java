package io.sluice.load.bench;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.HdrHistogram.Histogram;

/**
 * A closed loop of clients: each starts its next operation when its last one is done, until the
 * time is over or the operations are used up; what is in flight then is finished and counted, so
 * that a rate is always whole operations over the time they took.
 *
 * <p>Runs on one event loop and is touched by no other thread.
 */
final class LoadRun {

  private static final long LATENCY_MAX_NANOS = TimeUnit.MINUTES.toNanos(10);
  private static final int ERROR_KINDS_MAX = 20;

  private final String name;
  private final int clients;
  private final long durationNanos;
  private final long operationsMax;
  private final Operation operation;
  private final LongSupplier nanoTime;
  private final Histogram latencies = new Histogram(LATENCY_MAX_NANOS, 3);
  private final Map<String, Long> errors = new HashMap<>();
  private final Promise<LoadResult> done = Promise.promise();

  private long startNanos;
  private long sequence;
  private long bytes;
  private int running;

  /**
   * One operation; {@code sequence} is unique in the run. Completes with the bytes of payload that
   * it moved.
   */
  @FunctionalInterface
  interface Operation {
    Future<Long> start(int client, long sequence);
  }

  /** How much load: {@code durationNanos} and {@code operationsMax}, whichever is reached first. */
  record Extent(int clients, long durationNanos, long operationsMax) {
    static Extent ofSeconds(int clients, double seconds) {
      return new Extent(clients, (long) (seconds * 1e9), Long.MAX_VALUE);
    }

    static Extent ofOperations(int clients, long operations) {
      return new Extent(clients, Long.MAX_VALUE, operations);
    }
  }

  LoadRun(String name, Extent extent, LongSupplier nanoTime, Operation operation) {
    this.name = name;
    this.clients = extent.clients();
    this.durationNanos = extent.durationNanos();
    this.operationsMax = extent.operationsMax();
    this.nanoTime = nanoTime;
    this.operation = operation;
  }

  Future<LoadResult> start() {
    startNanos = nanoTime.getAsLong();
    running = clients;
    for (int client = 0; client < clients; client++) {
      next(client);
    }
    return done.future();
  }

  private void next(int client) {
    long begin = nanoTime.getAsLong();
    if (begin - startNanos >= durationNanos || sequence >= operationsMax) {
      if (--running == 0) {
        done.complete(new LoadResult(name, bytes, begin - startNanos, latencies, errors));
      }
      return;
    }
    operation
        .start(client, sequence++)
        .onComplete(
            moved -> {
              latencies.recordValue(Math.min(nanoTime.getAsLong() - begin, LATENCY_MAX_NANOS));
              bytes += moved;
              next(client);
            },
            failure -> {
              String kind = String.valueOf(failure.getMessage());
              if (errors.size() < ERROR_KINDS_MAX || errors.containsKey(kind)) {
                errors.merge(kind, 1L, Long::sum);
              } else {
                errors.merge("other", 1L, Long::sum);
              }
              next(client);
            });
  }
}

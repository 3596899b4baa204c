package io.sluice.cluster.metadata;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * What time it is in a shard, as far as its leader's answers tell: this node's own wall clock has
 * no part in it (INVARIANTS 7). Between answers a monotonic clock goes on. Any thread.
 */
final class ShardClock {
  private record Reading(long timeMs, long atNanos) {
    long timeMs(long nowNanos) {
      return timeMs + TimeUnit.NANOSECONDS.toMillis(nowNanos - atNanos);
    }
  }

  private final AtomicReference<@Nullable Reading> last = new AtomicReference<>();

  boolean isKnown() {
    return last.get() != null;
  }

  /** Shard time now, in milliseconds since 1970. Known. */
  long timeMs(long nowNanos) {
    Reading reading = last.get();
    if (reading == null) {
      throw new IllegalStateException("nothing was heard of the shard's time");
    }
    return reading.timeMs(nowNanos);
  }

  /**
   * Learns from an answer. The leader's time now lies between what it said and that plus how long
   * the answer took; an estimate that fits stays.
   *
   * @param timeMs what the leader said; 0 when it said nothing
   * @param askedNanos when it was asked
   */
  void learn(long timeMs, long askedNanos, long nowNanos) {
    if (timeMs <= 0) {
      return;
    }
    long takenMs = TimeUnit.NANOSECONDS.toMillis(nowNanos - askedNanos) + 1;
    last.updateAndGet(
        before -> {
          if (before == null) {
            return new Reading(timeMs, nowNanos);
          }
          long estimate = before.timeMs(nowNanos);
          long fitting = Math.max(timeMs, Math.min(timeMs + takenMs, estimate));
          return fitting == estimate ? before : new Reading(fitting, nowNanos);
        });
  }
}

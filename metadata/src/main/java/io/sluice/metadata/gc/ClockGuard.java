package io.sluice.metadata.gc;

import java.time.Clock;
import java.time.Duration;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;

/**
 * Watches the wall clock against the monotonic one. After a jump nothing that goes by age may run:
 * to a clock that leapt ahead, chunks written a moment ago look old (INVARIANTS 7).
 *
 * <p>A clock that jumped is trusted again when it has run evenly for a while, which only tells that
 * it stopped jumping, or when an operator says that it is right.
 */
public final class ClockGuard {
  /** By how much the two may part between two looks. */
  public static final Duration JUMP = Duration.ofSeconds(5);

  private final Clock clock;
  private final LongSupplier nanoTime;
  private final Duration quiet;
  private final BooleanSupplier agrees;
  private long offsetMs;
  private boolean suspect;
  private long evenSinceNanos;
  private boolean confirmed;

  /**
   * Starts to watch.
   *
   * @param nanoTime a monotonic clock, in nanoseconds
   * @param quiet how long a clock that jumped must run evenly
   */
  public ClockGuard(Clock clock, LongSupplier nanoTime, Duration quiet) {
    this(clock, nanoTime, quiet, () -> true);
  }

  /**
   * Starts to watch, one of several nodes.
   *
   * @param nanoTime a monotonic clock, in nanoseconds
   * @param quiet how long a clock that jumped must run evenly
   * @param agrees whether this clock differs by no more than {@link #JUMP} from those of a
   *     majority; cheap, any thread. While it does not, nobody's word makes it trusted
   */
  public ClockGuard(Clock clock, LongSupplier nanoTime, Duration quiet, BooleanSupplier agrees) {
    this.clock = clock;
    this.nanoTime = nanoTime;
    this.quiet = quiet;
    this.agrees = agrees;
    this.offsetMs = offset();
    this.evenSinceNanos = nanoTime.getAsLong();
  }

  private long offset() {
    return clock.millis() - nanoTime.getAsLong() / 1_000_000;
  }

  /** Looks, and says whether age can be told from the wall clock now. */
  public synchronized boolean isTrusted() {
    long now = offset();
    if (Math.abs(now - offsetMs) > JUMP.toMillis()) {
      suspect = true;
      confirmed = false;
      evenSinceNanos = nanoTime.getAsLong();
    } else if (suspect && nanoTime.getAsLong() - evenSinceNanos >= quiet.toNanos()) {
      suspect = false;
    }
    offsetMs = now;
    return !suspect && agrees.getAsBoolean();
  }

  /** An operator says that the clock is right. */
  public synchronized void confirm() {
    offsetMs = offset();
    suspect = false;
    confirmed = true;
  }

  /**
   * Whether the clock was confirmed, or ran evenly for so long, since the start or its last jump.
   * {@link #isTrusted} looks for jumps; this does not.
   */
  public synchronized boolean ranEvenlyFor(Duration span) {
    return confirmed || nanoTime.getAsLong() - evenSinceNanos >= span.toNanos();
  }
}

package io.sluice.testkit;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.concurrent.atomic.AtomicLong;

/** A wall clock, and a monotonic one, that stand still unless a test moves them. Any thread. */
public final class TestClock extends Clock {
  /** What a new one's wall clock shows. */
  public static final long START_MS = Instant.parse("2026-01-01T00:00:00Z").toEpochMilli();

  private final AtomicLong millis = new AtomicLong(START_MS);

  /** Begins anywhere, as the system's does. */
  private final AtomicLong nanos = new AtomicLong(12_345_678_901L);

  /** Time passes, for both. */
  public void pass(Duration time) {
    jump(time);
    nanos.addAndGet(time.toNanos());
  }

  /** Somebody moves the wall clock, forward or back. */
  public void jump(Duration by) {
    millis.addAndGet(by.toMillis());
  }

  /** Somebody sets the wall clock. */
  public void set(long toMillis) {
    millis.set(toMillis);
  }

  /** The monotonic clock, as {@link System#nanoTime}. */
  public long nanos() {
    return nanos.get();
  }

  @Override
  public long millis() {
    return millis.get();
  }

  @Override
  public Instant instant() {
    return Instant.ofEpochMilli(millis.get());
  }

  @Override
  public ZoneOffset getZone() {
    return ZoneOffset.UTC;
  }

  @Override
  public Clock withZone(ZoneId zone) {
    throw new UnsupportedOperationException("it has no zone but UTC");
  }
}

package io.sluice.app.logging;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.turbo.TurboFilter;
import ch.qos.logback.core.spi.FilterReply;
import java.time.Duration;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Marker;

/**
 * While a server starts, says of a blocked event loop in one line where it is blocked, in place of
 * its stack. On a busy machine loading classes takes seconds, and the stacks of that would bury the
 * first lines. Nothing is left out later, and no line ever.
 */
final class BlockedAtStart extends TurboFilter {
  static final String LOGGER = "io.vertx.core.impl.BlockedThreadChecker";
  static final Duration START = Duration.ofSeconds(60);

  private final LongSupplier nanoTime;
  private final long begunNs;

  /**
   * Begins to count from now.
   *
   * @param nanoTime a monotonic clock
   */
  BlockedAtStart(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
    this.begunNs = nanoTime.getAsLong();
  }

  @Override
  public FilterReply decide(
      @Nullable Marker marker,
      Logger logger,
      Level level,
      @Nullable String format,
      Object @Nullable [] parameters,
      @Nullable Throwable stack) {
    if (stack == null
        || !logger.getName().equals(LOGGER)
        || nanoTime.getAsLong() - begunNs > START.toNanos()) {
      return FilterReply.NEUTRAL;
    }
    StackTraceElement[] frames = stack.getStackTrace();
    logger.warn("{}, in {}", format, frames.length == 0 ? "unknown code" : frames[0]);
    return FilterReply.DENY;
  }
}

package io.sluice.app.node;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.vertx.core.AbstractVerticle;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * Measures how late an event loop is: deployed once for each loop, it sets a timer again and again
 * and records by how much each one was late.
 */
final class EventLoopLag extends AbstractVerticle {
  private static final long PERIOD_MS = 100;

  private final Timer lag;
  private long expectedNs;

  EventLoopLag(MeterRegistry registry) {
    this.lag =
        Timer.builder("sluice.eventloop.lag")
            .description("How late timers of an event loop fire")
            .publishPercentiles(0.5, 0.99)
            .distributionStatisticExpiry(Duration.ofMinutes(1))
            .register(registry);
  }

  @Override
  public void start() {
    next();
  }

  private void next() {
    expectedNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(PERIOD_MS);
    vertx.setTimer(
        PERIOD_MS,
        id -> {
          lag.record(Math.max(0, System.nanoTime() - expectedNs), TimeUnit.NANOSECONDS);
          next();
        });
  }
}

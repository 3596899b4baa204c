package io.sluice.app.recovery;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.Tags;
import io.sluice.recovery.mirror.MirrorRunner;
import io.sluice.storage.proto.MirrorProgress;
import java.time.Clock;
import java.util.Map;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/** Figures of mirrors: of each at the node that runs it, and of what this node sent. */
final class MirrorMeters implements AutoCloseable {
  private static final long EVERY_SECONDS = 2;
  private static final double MS_PER_SECOND = 1_000;

  private final MirrorRunner runner;
  private final ScheduledExecutorService timers;
  private final Clock clock;
  private final MultiGauge lag;
  private final MultiGauge pending;
  private final MultiGauge failing;
  private final MultiGauge comparing;
  private @Nullable ScheduledFuture<?> showing;

  MirrorMeters(
      MeterRegistry meters, MirrorRunner runner, ScheduledExecutorService timers, Clock clock) {
    this.runner = runner;
    this.timers = timers;
    this.clock = clock;
    this.lag =
        gauge(meters, "sluice.mirror.lag", "Since when something may not be there", "seconds");
    this.pending = gauge(meters, "sluice.mirror.pending", "Changes not sent yet, at least", null);
    this.failing = gauge(meters, "sluice.mirror.failing", "Objects that can't be sent", null);
    this.comparing =
        gauge(meters, "sluice.mirror.comparing", "Whether it compares the whole bucket", null);
    FunctionCounter.builder("sluice.mirror.objects", runner, each -> each.totals().objects())
        .description("Objects that mirrors of this node sent")
        .register(meters);
    FunctionCounter.builder("sluice.mirror.sent", runner, each -> each.totals().bytes())
        .baseUnit("bytes")
        .description("Bytes of objects that mirrors of this node sent")
        .register(meters);
    FunctionCounter.builder("sluice.mirror.failures", runner, each -> each.totals().failures())
        .description("Objects that mirrors of this node could not send, and what else failed")
        .register(meters);
  }

  private static MultiGauge gauge(
      MeterRegistry meters, String name, String description, @Nullable String unit) {
    MultiGauge.Builder builder = MultiGauge.builder(name).description(description);
    return (unit == null ? builder : builder.baseUnit(unit)).register(meters);
  }

  void start() {
    showing =
        timers.scheduleWithFixedDelay(this::show, EVERY_SECONDS, EVERY_SECONDS, TimeUnit.SECONDS);
  }

  private void show() {
    Map<String, MirrorProgress> running = runner.running();
    long now = clock.millis();
    register(
        lag,
        running,
        each ->
            each.hasPosition()
                ? Math.max(0, now - each.getPositionMs()) / MS_PER_SECOND
                : Double.NaN);
    register(pending, running, each -> each.getPending() + each.getFailingCount());
    register(
        failing,
        running,
        each -> each.getFailingList().stream().filter(one -> !one.getUnderWay()).count());
    register(comparing, running, each -> each.hasReadTo() && !each.getLost() ? 0 : 1);
  }

  private static void register(
      MultiGauge gauge,
      Map<String, MirrorProgress> running,
      ToDoubleFunction<MirrorProgress> value) {
    gauge.register(
        running.entrySet().stream()
            .map(
                each ->
                    MultiGauge.Row.of(
                        Tags.of("mirror", each.getKey()), value.applyAsDouble(each.getValue())))
            .toList(),
        true);
  }

  @Override
  public void close() {
    ScheduledFuture<?> ticking = showing;
    if (ticking != null) {
      ticking.cancel(false);
    }
  }
}

package io.sluice.app.recovery;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.Tags;
import io.sluice.recovery.job.BackupRunner;
import io.sluice.recovery.job.HungTargets;
import io.sluice.recovery.objective.RecoveryOutlook;
import java.util.List;
import java.util.function.ToDoubleFunction;

/** Figures of backups: of each target at the node that leads, and of what this node made. */
final class BackupMeters {
  private static final double MS_PER_SECOND = 1_000;

  private final MultiGauge age;
  private final MultiGauge lastSuccess;
  private final MultiGauge running;
  private final MultiGauge failures;
  private final MultiGauge missed;

  BackupMeters(MeterRegistry meters, BackupRunner runner, HungTargets hung) {
    this.age =
        MultiGauge.builder("sluice.backup.age")
            .baseUnit("seconds")
            .description("Since the moment that the last backup holds; NaN: that is in the future")
            .register(meters);
    this.lastSuccess =
        MultiGauge.builder("sluice.backup.last.success")
            .baseUnit("seconds")
            .description("When the last backup was complete, since 1970; 0: none")
            .register(meters);
    this.running =
        MultiGauge.builder("sluice.backup.running")
            .description("Whether one is being made")
            .register(meters);
    this.failures =
        MultiGauge.builder("sluice.backup.failures.since.success")
            .description("Backups that failed since the last that was complete")
            .register(meters);
    this.missed =
        MultiGauge.builder("sluice.backup.objective.missed")
            .description(
                "Whether the age of the last backup, or the time to restore it, is too long")
            .register(meters);
    Gauge.builder("sluice.backup.threads.hung", hung, HungTargets::threads)
        .description("Threads of this node that wait for targets which don't answer")
        .register(meters);
    FunctionCounter.builder("sluice.backup.written", runner, BackupRunner::bytesWritten)
        .baseUnit("bytes")
        .description("Sent to targets by this node, of runs that ended")
        .register(meters);
    FunctionCounter.builder("sluice.backup.failures", runner, BackupRunner::failures)
        .description("Runs of this node that ended without a complete backup")
        .register(meters);
  }

  /** Any thread. */
  void show(List<RecoveryOutlook> outlooks) {
    register(age, outlooks, each -> each.inFuture() ? Double.NaN : each.age().toSeconds());
    register(
        lastSuccess, outlooks, each -> each.target().getLast().getCompletedMs() / MS_PER_SECOND);
    register(running, outlooks, each -> each.target().hasJob() ? 1 : 0);
    register(failures, outlooks, each -> each.target().getLastFailure().getCount());
    register(missed, outlooks, each -> each.missesRpo() || each.missesRto() ? 1 : 0);
  }

  private static void register(
      MultiGauge gauge, List<RecoveryOutlook> outlooks, ToDoubleFunction<RecoveryOutlook> value) {
    gauge.register(
        outlooks.stream()
            .map(
                each ->
                    MultiGauge.Row.of(
                        Tags.of("target", each.target().getName()), value.applyAsDouble(each)))
            .toList(),
        true);
  }
}

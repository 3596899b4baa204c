package io.sluice.storage.verticle;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/** The figures of one disk, tagged with its id. Safe on any thread. */
final class StoreMetrics implements AutoCloseable {
  private static final String PREFIX = "sluice.storage.";

  private final MeterRegistry registry;
  private final Tags tags;
  private final List<Meter> meters = new ArrayList<>();
  final Timer fsync;
  final DistributionSummary batchRequests;
  final Counter appendedBytes;
  final Counter readBytes;
  final Counter refused;
  final Counter damaged;
  final Counter compactedBytes;
  final Counter scrubbedBytes;

  StoreMetrics(MeterRegistry registry, String diskId) {
    this.registry = registry;
    this.tags = Tags.of("disk", diskId);
    this.fsync =
        own(
            Timer.builder(PREFIX + "fsync")
                .description("Time of an fsync of a segment")
                .publishPercentileHistogram()
                .tags(tags)
                .register(registry));
    this.batchRequests =
        own(
            DistributionSummary.builder(PREFIX + "batch.requests")
                .description("Requests made durable together")
                .tags(tags)
                .register(registry));
    this.appendedBytes = counter("append.bytes", "Bytes of records appended");
    this.readBytes = counter("read.bytes", "Bytes of frames read");
    this.refused = counter("refused", "Requests refused because too much was waiting");
    this.damaged = counter("damaged", "Chunks found damaged");
    this.compactedBytes = counter("compacted.bytes", "Bytes of records copied by compaction");
    this.scrubbedBytes = counter("scrubbed.bytes", "Bytes of records checked by the scrubber");
  }

  private <M extends Meter> M own(M meter) {
    meters.add(meter);
    return meter;
  }

  private Counter counter(String name, String description) {
    return own(
        Counter.builder(PREFIX + name).description(description).tags(tags).register(registry));
  }

  /** A figure that is asked for when the metrics are read; it must be cheap. */
  void gauge(String name, String description, Supplier<Number> value) {
    own(Gauge.builder(PREFIX + name, value).description(description).tags(tags).register(registry));
  }

  @Override
  public void close() {
    meters.forEach(registry::remove);
  }
}

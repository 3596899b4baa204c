package io.sluice.gateway.http;

import static java.util.Objects.requireNonNull;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.sluice.s3.S3ErrorCode;
import io.sluice.s3.S3Operation;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/** What the gateway counts, per operation. Meters are made beforehand: a request only counts. */
final class GatewayMetrics {
  private static final Duration[] BUCKETS = {
    Duration.ofMillis(1),
    Duration.ofMillis(2),
    Duration.ofMillis(5),
    Duration.ofMillis(10),
    Duration.ofMillis(25),
    Duration.ofMillis(50),
    Duration.ofMillis(100),
    Duration.ofMillis(250),
    Duration.ofMillis(500),
    Duration.ofSeconds(1),
    Duration.ofSeconds(5),
    Duration.ofSeconds(30)
  };

  private final MeterRegistry registry;
  private final Map<S3Operation, Timer> durations = new EnumMap<>(S3Operation.class);
  private final Map<Door.Verdict, Counter> shed = new EnumMap<>(Door.Verdict.class);
  private final Timer unrouted;
  private final Counter bytesIn;
  private final Counter bytesOut;

  GatewayMetrics(MeterRegistry registry, Door door, Admission connections) {
    this.registry = registry;
    for (S3Operation operation : S3Operation.values()) {
      durations.put(operation, timer(operation.awsName()));
    }
    this.unrouted = timer("none");
    this.bytesIn =
        Counter.builder("sluice.s3.request.bytes")
            .description("Bytes of request bodies, as they came over the wire")
            .register(registry);
    this.bytesOut =
        Counter.builder("sluice.s3.response.bytes")
            .description("Bytes of responses")
            .register(registry);
    for (Door.Verdict verdict : Door.Verdict.values()) {
      if (verdict != Door.Verdict.ADMITTED) {
        shed.put(
            verdict,
            Counter.builder("sluice.shed.requests")
                .description("Requests turned away because the node has enough to do")
                .tag("limit", verdict.limit())
                .register(registry));
      }
    }
    gauge("sluice.s3.requests.in.flight", door.requests(), Admission::inside);
    gauge("sluice.s3.requests.limit", door.requests(), Admission::limit);
    gauge("sluice.s3.body.bytes.in.flight", door, Door::bodyBytes);
    gauge("sluice.s3.body.bytes.limit", door, Door::bodyBytesMax);
    gauge("sluice.http.connections.open", connections, Admission::inside);
    gauge("sluice.http.connections.limit", connections, Admission::limit);
  }

  private Timer timer(String operation) {
    return Timer.builder("sluice.s3.requests")
        .description("S3 requests by operation")
        .tag("operation", operation)
        .serviceLevelObjectives(BUCKETS)
        .register(registry);
  }

  private <T> void gauge(String name, T watched, ToDoubleFunction<T> value) {
    Gauge.builder(name, watched, value).strongReference(true).register(registry);
  }

  void shed(Door.Verdict verdict) {
    requireNonNull(shed.get(verdict)).increment();
  }

  void record(
      @Nullable S3Operation operation,
      @Nullable S3ErrorCode error,
      Duration duration,
      long read,
      long written) {
    Timer timer = operation == null ? unrouted : requireNonNull(durations.get(operation));
    timer.record(duration);
    bytesIn.increment((double) read);
    bytesOut.increment((double) written);
    if (error != null) {
      // As many as there are operations and codes, and in practice few.
      registry
          .counter(
              "sluice.s3.errors",
              "operation",
              operation == null ? "none" : operation.awsName(),
              "code",
              error.wireName())
          .increment();
    }
  }
}

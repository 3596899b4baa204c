package io.sluice.load.bench;

import io.vertx.core.json.JsonObject;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.HdrHistogram.Histogram;

/** What one measured stretch of load came to. Latencies are in nanoseconds in the histogram. */
record LoadResult(
    String operation,
    long bytes,
    long elapsedNanos,
    Histogram latencies,
    Map<String, Long> errors) {

  LoadResult {
    errors = new TreeMap<>(errors);
  }

  long operations() {
    return latencies.getTotalCount();
  }

  long errorCount() {
    return errors.values().stream().mapToLong(Long::longValue).sum();
  }

  double operationsPerSecond() {
    return operations() * 1e9 / elapsedNanos;
  }

  double megabytesPerSecond() {
    return bytes * 1e3 / elapsedNanos;
  }

  double p50Millis() {
    return latencies.getValueAtPercentile(50) / 1e6;
  }

  double p99Millis() {
    return latencies.getValueAtPercentile(99) / 1e6;
  }

  double maxMillis() {
    return latencies.getMaxValue() / 1e6;
  }

  JsonObject toJson() {
    JsonObject failures = new JsonObject();
    errors.forEach(failures::put);
    return new JsonObject()
        .put("operation", operation)
        .put("operations", operations())
        .put("errors", errorCount())
        .put("errorKinds", failures)
        .put("seconds", elapsedNanos / 1e9)
        .put("operationsPerSecond", operationsPerSecond())
        .put("megabytesPerSecond", megabytesPerSecond())
        .put("p50Millis", p50Millis())
        .put("p99Millis", p99Millis())
        .put("maxMillis", maxMillis());
  }

  String toText() {
    String line =
        String.format(
            Locale.ROOT,
            "%-8s %,10.1f ops/s %,10.1f MB/s   p50 %.2f ms  p99 %.2f ms  max %.2f ms   %,d ops, %,d"
                + " errors in %.1f s",
            operation,
            operationsPerSecond(),
            megabytesPerSecond(),
            p50Millis(),
            p99Millis(),
            maxMillis(),
            operations(),
            errorCount(),
            elapsedNanos / 1e9);
    return errors.isEmpty() ? line : line + System.lineSeparator() + "  errors: " + errors;
  }
}

package io.sluice.cluster.heal;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.sluice.storage.proto.HealFigures;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;

/** What the healing of a node has done since its start. For many threads. */
final class HealMeters {
  final AtomicLong chunksCopied = new AtomicLong();
  final AtomicLong bytesCopied = new AtomicLong();
  final AtomicLong failures = new AtomicLong();
  final AtomicLong evicted = new AtomicLong();
  final AtomicInteger waiting = new AtomicInteger();
  final AtomicInteger chunksWaiting = new AtomicInteger();
  final AtomicInteger running = new AtomicInteger();

  private final long bytesPerSecondMax;

  /**
   * @param bytesPerSecondMax what is copied in a second at most
   */
  HealMeters(long bytesPerSecondMax) {
    this.bytesPerSecondMax = bytesPerSecondMax;
  }

  void register(MeterRegistry registry) {
    gauge(
        registry,
        "sluice.heal.bytes.per.second.max",
        "Bytes that this node copies onto its disks in a second, at most",
        bytesPerSecondMax);
    gauge(registry, "sluice.heal.chunks", "Chunks copied onto disks of this node", chunksCopied);
    gauge(registry, "sluice.heal.bytes", "Bytes of these", bytesCopied);
    gauge(registry, "sluice.heal.failures", "Comparisons and copies that failed", failures);
    gauge(registry, "sluice.heal.evicted", "Chunks given up after their partition left", evicted);
    gauge(registry, "sluice.heal.waiting", "Partitions that are to be compared", waiting);
    gauge(
        registry,
        "sluice.heal.chunks.waiting",
        "Single chunks known to be missing, that are to be fetched",
        chunksWaiting);
    gauge(registry, "sluice.heal.running", "Partitions being compared", running);
  }

  private static void gauge(MeterRegistry registry, String name, String what, Number figure) {
    Supplier<Number> value = () -> figure;
    Gauge.builder(name, value).description(what).register(registry);
  }

  HealFigures figures() {
    return HealFigures.newBuilder()
        .setChunksCopied(chunksCopied.get())
        .setBytesCopied(bytesCopied.get())
        .setFailures(failures.get())
        .setEvicted(evicted.get())
        .setWaiting(waiting.get())
        .setRunning(running.get())
        .setBytesPerSecondMax(bytesPerSecondMax)
        .build();
  }
}

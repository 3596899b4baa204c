package io.sluice.gateway.pipe;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.sluice.storage.chunk.ChunkHeader;
import io.sluice.storage.chunk.codec.ChunkBuffers;
import java.util.function.ToDoubleFunction;

/** What the pipelines report. Safe for use by many threads. */
public final class PipelineMeters {
  private final MeterRegistry registry;
  private final Counter plainBytes;
  private final Counter storedBytes;
  private final Counter retries;

  public PipelineMeters(MeterRegistry registry) {
    this.registry = registry;
    this.plainBytes =
        Counter.builder("sluice.chunks.plain")
            .baseUnit("bytes")
            .description("Bytes of chunks before compression")
            .register(registry);
    this.storedBytes =
        Counter.builder("sluice.chunks.stored")
            .baseUnit("bytes")
            .description("Bytes of chunk records, once for all replicas")
            .register(registry);
    this.retries =
        Counter.builder("sluice.chunks.retried")
            .description("Chunks that went to another partition after a failed write")
            .register(registry);
  }

  /** Reports a budget under a direction, {@code upload} or {@code download}. */
  public void watch(MemoryBudget budget, String direction) {
    gauge("sluice.transfer.memory.used", direction, budget, MemoryBudget::usedBytes);
    gauge("sluice.transfer.memory.limit", direction, budget, MemoryBudget::limitBytes);
    gauge("sluice.transfers", direction, budget, MemoryBudget::members);
  }

  private void gauge(
      String name, String direction, MemoryBudget budget, ToDoubleFunction<MemoryBudget> value) {
    Gauge.builder(name, budget, value).tag("direction", direction).register(registry);
  }

  /** Reports the queue of the compute threads. */
  public void watch(ComputePool compute) {
    Gauge.builder("sluice.compute.queue", compute, ComputePool::queued).register(registry);
    Gauge.builder("sluice.compute.queue.limit", compute, ComputePool::queueMax).register(registry);
  }

  /** Reports the pool of direct memory. */
  public void watch(ChunkBuffers buffers) {
    Gauge.builder("sluice.chunk.buffers.used", buffers, ChunkBuffers::usedBytes)
        .baseUnit("bytes")
        .register(registry);
    Gauge.builder("sluice.chunk.buffers.reserved", buffers, ChunkBuffers::reservedBytes)
        .baseUnit("bytes")
        .register(registry);
  }

  void chunkEncoded(ChunkHeader header) {
    plainBytes.increment(header.plainLength());
    storedBytes.increment(header.recordLength());
  }

  void chunkRetried() {
    retries.increment();
  }
}

package io.sluice.gateway.placement;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.function.ToDoubleFunction;

/** What placement reports. */
public final class PlacementMeters {
  private final MeterRegistry registry;

  public PlacementMeters(MeterRegistry registry) {
    this.registry = registry;
  }

  /** Reports what became of reads. */
  public void watch(ReadFigures reads) {
    counter("sluice.chunk.reads", "Reads of chunks", reads, ReadFigures::reads);
    counter(
        "sluice.chunk.reads.hedged",
        "Reads for which a second replica was asked because the first took longer than usual",
        reads,
        ReadFigures::hedges);
    counter(
        "sluice.chunk.reads.hedge.wins",
        "Hedged reads that the second replica answered first",
        reads,
        ReadFigures::hedgesWon);
    counter(
        "sluice.chunk.reads.failed.over",
        "Replicas that failed during a read and were followed by another",
        reads,
        ReadFigures::failovers);
  }

  /** Reports the copies that wait for repair. */
  public void watch(RepairBacklog backlog) {
    Gauge.builder("sluice.repair.backlog", backlog, RepairBacklog::size)
        .description("Copies known to be missing or damaged")
        .strongReference(true)
        .register(registry);
    counter(
        "sluice.repair.forgotten",
        "Missing copies that did not fit in the backlog, and are left to the comparison of lists",
        backlog,
        RepairBacklog::forgotten);
  }

  private <T> void counter(String name, String what, T watched, ToDoubleFunction<T> value) {
    FunctionCounter.builder(name, watched, value).description(what).register(registry);
  }
}

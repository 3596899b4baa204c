package io.sluice.metadata.state;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.sluice.metadata.state.rocks.RocksStore;
import io.sluice.storage.proto.Command;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The figures of one shard's state; removed when it closes. */
final class ShardMeters implements AutoCloseable {
  private static final Map<String, String> ROCKS_GAUGES =
      Map.of(
          "sluice.rocksdb.memtable.bytes", "rocksdb.size-all-mem-tables",
          "sluice.rocksdb.sst.bytes", "rocksdb.total-sst-files-size",
          "sluice.rocksdb.pending.compaction.bytes", "rocksdb.estimate-pending-compaction-bytes",
          "sluice.rocksdb.running.compactions", "rocksdb.num-running-compactions",
          "sluice.rocksdb.background.errors", "rocksdb.background-errors");

  private final MeterRegistry registry;
  private final List<Meter> meters = new ArrayList<>();
  private final Map<Command.BodyCase, Counter> applied = new EnumMap<>(Command.BodyCase.class);
  private final Map<Command.BodyCase, Counter> refused = new EnumMap<>(Command.BodyCase.class);

  ShardMeters(MeterRegistry registry, int shard, RocksStore store) {
    this.registry = registry;
    Tags tags = Tags.of("shard", Integer.toString(shard));
    for (Command.BodyCase kind : Command.BodyCase.values()) {
      Tags ofKind = tags.and("command", kind.name().toLowerCase(Locale.ROOT));
      applied.put(kind, counter("sluice.metadata.commands", ofKind.and("outcome", "done")));
      refused.put(kind, counter("sluice.metadata.commands", ofKind.and("outcome", "refused")));
    }
    ROCKS_GAUGES.forEach(
        (name, property) ->
            meters.add(
                Gauge.builder(name, store, s -> s.property(property))
                    .tags(tags)
                    .register(registry)));
  }

  private Counter counter(String name, Tags tags) {
    Counter counter = registry.counter(name, tags);
    meters.add(counter);
    return counter;
  }

  void count(Command.BodyCase kind, boolean wasRefused) {
    Counter counter = (wasRefused ? refused : applied).get(kind);
    if (counter != null) {
      counter.increment();
    }
  }

  @Override
  public void close() {
    meters.forEach(registry::remove);
  }
}

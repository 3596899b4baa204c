package io.sluice.app.node;

import io.micrometer.core.instrument.MeterRegistry;
import io.sluice.app.config.ServerOptions;
import io.sluice.metadata.gc.GarbageCollector;
import io.sluice.metadata.gc.GcOptions;
import io.sluice.storage.Layout;
import io.sluice.storage.MetadataStore;
import io.sluice.storage.chunk.ChunkId;
import io.sluice.storage.chunk.ChunkReplica;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.IntPredicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Makes a node's garbage collector. */
public final class Collectors {
  private Collectors() {}

  /**
   * Starts one.
   *
   * @param leads whether this node leads a shard
   * @param layout the newest that is known
   * @param replicas every disk by id, also ones that are down; null for one that nobody knows
   * @param clocksAgree whether this node's clock may be gone by
   */
  public static GarbageCollector start(
      ServerOptions options,
      MetadataStore metadata,
      IntPredicate leads,
      Supplier<Layout> layout,
      Function<String, @Nullable ChunkReplica> replicas,
      BooleanSupplier clocksAgree,
      Clock clock,
      MeterRegistry meters) {
    GcOptions usual = GcOptions.DEFAULT;
    GarbageCollector made =
        new GarbageCollector(
            metadata,
            leads,
            chunk -> holders(chunk, layout.get(), replicas),
            new GcOptions(
                options.gcInterval(),
                options.gcGrace(),
                options.orphanGrace(),
                usual.changesMax(),
                usual.pageChunks(),
                usual.chunksPerSecond()),
            clock,
            System::nanoTime,
            clocksAgree,
            meters);
    made.start();
    return made;
  }

  /** One that is not found ends the run: a deletion that it does not learn of must be repeated. */
  private static List<ChunkReplica> holders(
      ChunkId chunk, Layout layout, Function<String, @Nullable ChunkReplica> replicas) {
    List<ChunkReplica> holders = new ArrayList<>();
    for (String disk : layout.holdersOf(chunk.partition())) {
      ChunkReplica replica = replicas.apply(disk);
      if (replica == null) {
        throw new IllegalStateException("disk " + disk + " of the layout is not known here");
      }
      holders.add(replica);
    }
    return holders;
  }
}

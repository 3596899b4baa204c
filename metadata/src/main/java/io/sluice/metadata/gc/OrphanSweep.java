package io.sluice.metadata.gc;

import io.sluice.storage.Layout;
import io.sluice.storage.MetadataStore;
import io.sluice.storage.chunk.ChunkId;
import io.sluice.storage.chunk.ChunkReplica;
import io.sluice.storage.proto.Command;
import io.sluice.storage.proto.FindUnreferenced;
import io.sluice.storage.proto.Query;
import io.sluice.storage.proto.RaiseOrphanHorizon;
import io.sluice.storage.proto.RecordOrphanPosition;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Deletes chunks that nothing names: what is left of uploads that died, or were refused.
 *
 * <p>A writer that was paused between writing its chunks and committing what names them could
 * commit after they were found to be orphans. So first every shard agrees on a horizon, and from
 * then on refuses the first reference to a chunk from before it (INVARIANTS 2). Only then are
 * chunks from before the horizon listed and looked up: what no shard names then, none ever will.
 */
final class OrphanSweep {
  private static final Duration LIMIT = Duration.ofSeconds(30);
  private static final int RECORD_EVERY_CHUNKS = 10_000;

  private final MetadataStore metadata;
  private final Replicas replicas;
  private final GcProgress progress;
  private final int pageChunks;
  // Only touched by one run at a time.
  private int recorded;
  private long listedWhenRecorded;

  OrphanSweep(MetadataStore metadata, Replicas replicas, GcProgress progress, int pageChunks) {
    this.metadata = metadata;
    this.replicas = replicas;
    this.progress = progress;
    this.pageChunks = pageChunks;
  }

  /**
   * Sweeps all shards and all replicas. How far it is is remembered in shard 0, from time to time,
   * so that a restart does not begin anew: with many chunks a sweep takes hours.
   *
   * @param from the partition to begin with: where an earlier sweep was when its process ended
   * @param horizonMs chunks stamped before this, by wall clock, are looked at
   * @param mayGoOn asked before each page; once false the sweep ends early
   */
  Uni<Void> run(long horizonMs, int from, BooleanSupplier mayGoOn) {
    recorded = from;
    listedWhenRecorded = progress.chunksListed.get();
    return raiseHorizon(horizonMs)
        .chain(
            () ->
                Multi.createFrom()
                    .range(Math.min(from, Layout.PARTITIONS), Layout.PARTITIONS)
                    .onItem()
                    .transformToUniAndConcatenate(
                        p ->
                            mayGoOn.getAsBoolean()
                                ? partition(p, horizonMs, mayGoOn).chain(() -> done(p, mayGoOn))
                                : Uni.createFrom().voidItem())
                    .onItem()
                    .ignoreAsUni());
  }

  /** A small store is done in a moment: it need not be written down how far that is. */
  private Uni<Void> done(int partition, BooleanSupplier wholly) {
    long listed = progress.chunksListed.get();
    boolean end = partition == Layout.PARTITIONS - 1;
    boolean due = end ? recorded != 0 : listed - listedWhenRecorded >= RECORD_EVERY_CHUNKS;
    if (!due || !wholly.getAsBoolean()) {
      return Uni.createFrom().voidItem();
    }
    recorded = end ? 0 : partition + 1;
    listedWhenRecorded = listed;
    Command command =
        Command.newBuilder()
            .setRecordOrphanPosition(RecordOrphanPosition.newBuilder().setPartition(recorded))
            .build();
    return metadata.submit(MetadataStore.ROOT_SHARD, command, LIMIT).replaceWithVoid();
  }

  /** In every shard, or the sweep fails: a shard that lacks it could still take a reference. */
  private Uni<Void> raiseHorizon(long horizonMs) {
    Command command =
        Command.newBuilder()
            .setRaiseOrphanHorizon(RaiseOrphanHorizon.newBuilder().setHorizonMs(horizonMs))
            .build();
    List<Uni<Void>> everywhere =
        IntStream.range(0, metadata.shardCount())
            .mapToObj(shard -> metadata.submit(shard, command, LIMIT).replaceWithVoid())
            .toList();
    return Uni.join().all(everywhere).andFailFast().replaceWithVoid();
  }

  private Uni<Void> partition(int partition, long horizonMs, BooleanSupplier mayGoOn) {
    return Multi.createFrom()
        .iterable(replicas.ofPartition(partition))
        .onItem()
        .transformToUniAndConcatenate(
            replica ->
                replica(replica, partition, horizonMs, mayGoOn)
                    // One disk that is down must not keep the others from being cleaned.
                    .onFailure()
                    .invoke(progress::failed)
                    .onFailure()
                    .recoverWithNull())
        .onItem()
        .ignoreAsUni();
  }

  private Uni<Void> replica(
      ChunkReplica replica, int partition, long horizonMs, BooleanSupplier mayGoOn) {
    AtomicReference<@Nullable ChunkId> after = new AtomicReference<>();
    return Multi.createBy()
        .repeating()
        .uni(() -> page(replica, partition, horizonMs, after))
        .whilst(more -> more && mayGoOn.getAsBoolean())
        .onItem()
        .ignoreAsUni();
  }

  /** Whether there may be more below the horizon. */
  private Uni<Boolean> page(
      ChunkReplica replica,
      int partition,
      long horizonMs,
      AtomicReference<@Nullable ChunkId> after) {
    return replicas
        .list(replica, partition, after.get(), pageChunks)
        .flatMap(
            listed -> {
              // Within a partition ids are in the order of their stamps.
              List<ChunkId> old =
                  listed.stream().filter(chunk -> chunk.stampMs() < horizonMs).toList();
              if (!listed.isEmpty()) {
                after.set(listed.get(listed.size() - 1));
              }
              progress.chunksListed.addAndGet(listed.size());
              boolean more = listed.size() == pageChunks && old.size() == listed.size();
              return unreferenced(old, 0)
                  .flatMap(orphans -> delete(replica, orphans))
                  .replaceWith(more);
            });
  }

  /** What of these no shard from this one on names. */
  private Uni<List<ChunkId>> unreferenced(List<ChunkId> chunks, int shard) {
    if (chunks.isEmpty() || shard == metadata.shardCount()) {
      return Uni.createFrom().item(chunks);
    }
    FindUnreferenced.Builder find = FindUnreferenced.newBuilder();
    chunks.forEach(chunk -> find.addChunkIds(chunk.toByteString()));
    return metadata
        .query(shard, Query.newBuilder().setFindUnreferenced(find).build(), LIMIT)
        .map(
            answer ->
                answer.getUnreferenced().getChunkIdsList().stream().map(ChunkId::from).toList())
        .flatMap(left -> unreferenced(left, shard + 1));
  }

  private Uni<Void> delete(ChunkReplica replica, List<ChunkId> orphans) {
    if (orphans.isEmpty()) {
      return Uni.createFrom().voidItem();
    }
    return replicas
        .deleteFrom(replica, orphans)
        .invoke(() -> progress.orphanChunks.addAndGet(orphans.size()));
  }
}

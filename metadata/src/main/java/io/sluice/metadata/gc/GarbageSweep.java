package io.sluice.metadata.gc;

import io.sluice.storage.MetadataStore;
import io.sluice.storage.chunk.ChunkId;
import io.sluice.storage.proto.Command;
import io.sluice.storage.proto.ForgetGarbage;
import io.sluice.storage.proto.GarbagePage;
import io.sluice.storage.proto.ListGarbage;
import io.sluice.storage.proto.Query;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import java.time.Duration;
import java.util.List;
import java.util.Set;

/**
 * Deletes the chunks of what was replaced or deleted long enough ago, and then forgets it. A chunk
 * whose replicas have not all confirmed stays listed and is tried again in the next run.
 */
final class GarbageSweep {
  private static final Duration LIMIT = Duration.ofSeconds(30);

  private final MetadataStore metadata;
  private final Replicas replicas;
  private final GcProgress progress;
  private final int pageChunks;

  GarbageSweep(MetadataStore metadata, Replicas replicas, GcProgress progress, int pageChunks) {
    this.metadata = metadata;
    this.replicas = replicas;
    this.progress = progress;
    this.pageChunks = pageChunks;
  }

  /**
   * Sweeps one shard.
   *
   * @param beforeMs shard time; what lost its last reference later stays
   */
  Uni<Void> run(int shard, long beforeMs) {
    return Multi.createBy()
        .repeating()
        .uni(() -> page(shard, beforeMs))
        .whilst(more -> more)
        .onItem()
        .ignoreAsUni();
  }

  /** Whether there is another page worth asking for. */
  private Uni<Boolean> page(int shard, long beforeMs) {
    Query query =
        Query.newBuilder()
            .setListGarbage(
                ListGarbage.newBuilder().setDereferencedBeforeMs(beforeMs).setMax(pageChunks))
            .build();
    return metadata
        .query(shard, query, LIMIT)
        .flatMap(answer -> collect(shard, answer.getGarbage()));
  }

  private Uni<Boolean> collect(int shard, GarbagePage page) {
    List<ChunkId> chunks =
        page.getItemsList().stream()
            .flatMap(item -> item.getChunkIdsList().stream())
            .map(ChunkId::from)
            .toList();
    return replicas
        .delete(chunks)
        .flatMap(
            left -> {
              progress.garbageChunks.addAndGet(chunks.size() - left.size());
              ForgetGarbage done = doneWith(page, left);
              // A page of which nothing could be forgotten would only come again.
              return forget(shard, done).replaceWith(page.getTruncated() && done.getIdsCount() > 0);
            });
  }

  /** An item that the page holds only a part of has in its id how far that part went. */
  private static ForgetGarbage doneWith(GarbagePage page, Set<ChunkId> left) {
    ForgetGarbage.Builder done = ForgetGarbage.newBuilder();
    page.getItemsList().stream()
        .filter(
            item -> item.getChunkIdsList().stream().map(ChunkId::from).noneMatch(left::contains))
        .forEach(item -> done.addIds(item.getId()));
    return done.build();
  }

  private Uni<Void> forget(int shard, ForgetGarbage ids) {
    if (ids.getIdsCount() == 0) {
      return Uni.createFrom().voidItem();
    }
    return metadata
        .submit(shard, Command.newBuilder().setForgetGarbage(ids).build(), LIMIT)
        .invoke(() -> progress.itemsForgotten.addAndGet(ids.getIdsCount()))
        .replaceWithVoid();
  }
}

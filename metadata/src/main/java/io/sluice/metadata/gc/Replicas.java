package io.sluice.metadata.gc;

import io.sluice.storage.Pace;
import io.sluice.storage.VertxUni;
import io.sluice.storage.chunk.ChunkId;
import io.sluice.storage.chunk.ChunkReplica;
import io.smallrye.mutiny.Uni;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The replicas of chunks, as garbage collection uses them. */
final class Replicas {
  private static final Logger log = LoggerFactory.getLogger(Replicas.class);

  private static final int DELETED_AT_ONCE_MAX = 10_000;

  private final Function<ChunkId, List<ChunkReplica>> resolver;
  private final Pace pace;

  Replicas(Function<ChunkId, List<ChunkReplica>> resolver, Pace pace) {
    this.resolver = resolver;
    this.pace = pace;
  }

  /** Every replica that may hold chunks of a partition of pool 0. */
  List<ChunkReplica> ofPartition(int partition) {
    return resolver.apply(ChunkId.of(0, partition, 0, 0));
  }

  /**
   * Deletes chunks from every replica of their partitions.
   *
   * @return the chunks of partitions where a replica did not confirm; the others are gone
   */
  Uni<Set<ChunkId>> delete(List<ChunkId> chunks) {
    Map<Integer, List<ChunkId>> byPartition = new TreeMap<>();
    for (ChunkId chunk : chunks) {
      byPartition
          .computeIfAbsent((chunk.pool() << 16) | chunk.partition(), p -> new ArrayList<>())
          .add(chunk);
    }
    Set<ChunkId> left = ConcurrentHashMap.newKeySet();
    List<Uni<Void>> deletions = new ArrayList<>();
    for (List<ChunkId> together : byPartition.values()) {
      for (ChunkReplica replica : resolver.apply(together.get(0))) {
        for (int from = 0; from < together.size(); from += DELETED_AT_ONCE_MAX) {
          int to = Math.min(together.size(), from + DELETED_AT_ONCE_MAX);
          deletions.add(deletion(replica, together.subList(from, to), left));
        }
      }
    }
    if (deletions.isEmpty()) {
      return Uni.createFrom().item(left);
    }
    return pace.take(chunks.size())
        .chain(() -> Uni.join().all(deletions).andFailFast().replaceWith(left));
  }

  private static Uni<Void> deletion(ChunkReplica replica, List<ChunkId> chunks, Set<ChunkId> left) {
    return VertxUni.of(() -> replica.delete(chunks))
        .onFailure()
        .invoke(failure -> keep(replica, chunks, left, failure))
        .onFailure()
        .recoverWithNull();
  }

  private static void keep(
      ChunkReplica replica, List<ChunkId> chunks, Set<ChunkId> left, Throwable failure) {
    // There may be many pages: the sweep says once how much stays.
    log.debug(
        "Replica {} did not delete {} chunks: {}", replica.id(), chunks.size(), failure.toString());
    left.addAll(chunks);
  }

  Uni<Void> deleteFrom(ChunkReplica replica, List<ChunkId> chunks) {
    return pace.take(chunks.size()).chain(() -> VertxUni.of(() -> replica.delete(chunks)));
  }

  Uni<List<ChunkId>> list(ChunkReplica replica, int partition, @Nullable ChunkId after, int max) {
    // What is found is paid for before it is used; an empty page costs a little too.
    return VertxUni.of(() -> replica.list(partition, after, max))
        .flatMap(listed -> pace.take(1 + listed.size()).replaceWith(listed));
  }
}

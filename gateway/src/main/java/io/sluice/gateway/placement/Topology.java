package io.sluice.gateway.placement;

import io.sluice.storage.Layout;
import io.sluice.storage.chunk.ChunkReplica;
import io.vertx.core.Future;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What placement knows of the cluster: where chunks belong, and how their replicas are reached.
 * Called by many threads for every chunk; every method returns at once.
 */
public interface Topology {
  /** The newest layout known here. */
  Layout layout();

  /**
   * Asks the cluster for a layout that is newer than the one known here.
   *
   * @return completes with the newest, which may be the same one; fails when nobody can be asked.
   *     Many may ask at once: one question for all of them will do
   */
  Future<Layout> lookAgain();

  /** Null for a replica that can't be reached now. */
  @Nullable ChunkReplica replica(String replicaId);

  /** What weighted policies go by: greater than 0; 0 to use the replica's capacity. */
  double weight(String replicaId);

  /** Whether the replica is a disk of this node. */
  boolean isLocal(String replicaId);

  /** The disks of one process, and a layout that nobody changes. */
  static Topology ofOneNode(
      Supplier<Layout> layout, Function<String, @Nullable ChunkReplica> replicas) {
    return new Topology() {
      @Override
      public Layout layout() {
        return layout.get();
      }

      @Override
      public Future<Layout> lookAgain() {
        return Future.succeededFuture(layout.get());
      }

      @Override
      public @Nullable ChunkReplica replica(String replicaId) {
        return replicas.apply(replicaId);
      }

      @Override
      public double weight(String replicaId) {
        return 0;
      }

      @Override
      public boolean isLocal(String replicaId) {
        // They all are, so none is to be preferred.
        return false;
      }
    };
  }
}

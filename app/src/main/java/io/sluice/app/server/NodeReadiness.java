package io.sluice.app.server;

import io.sluice.gateway.http.Readiness;
import io.sluice.storage.chunk.ChunkReplica;
import java.util.Collection;
import java.util.function.IntPredicate;

/** Whether a node can serve, by what its planes say of themselves. Cheap; for event loops. */
final class NodeReadiness {
  private NodeReadiness() {}

  /**
   * Looks at shards and disks.
   *
   * @param answers whether a shard, by number from 0, answers here
   */
  static Readiness of(int shards, IntPredicate answers, Collection<ChunkReplica.State> disks) {
    for (int shard = 0; shard < shards; shard++) {
      if (!answers.test(shard)) {
        return new Readiness(false, "metadata shard " + shard + " does not answer");
      }
    }
    return disks.contains(ChunkReplica.State.WRITABLE)
        ? Readiness.READY
        : new Readiness(false, "no disk takes writes");
  }
}

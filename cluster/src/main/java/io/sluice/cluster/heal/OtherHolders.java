package io.sluice.cluster.heal;

import io.sluice.storage.chunk.ChunkReplica;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * With whom a disk of this node can be compared, and from whom it can get what it lacks. Any
 * thread.
 *
 * @param replicas every disk of the cluster that can be reached now, by id; null for others
 */
record OtherHolders(Function<String, @Nullable ChunkReplica> replicas) {
  /**
   * Those of a partition's holders that can be asked now, in their order.
   *
   * @param disk asks, and so is not among them
   * @param holders ids
   */
  List<ChunkReplica> of(String disk, List<String> holders) {
    List<ChunkReplica> others = new ArrayList<>();
    for (String id : holders) {
      ChunkReplica replica = id.equals(disk) ? null : replicas.apply(id);
      if (replica != null && replica.state() != ChunkReplica.State.FAILED) {
        others.add(replica);
      }
    }
    return others;
  }
}

package io.sluice.storage.chunk;

import io.vertx.core.Future;
import java.util.List;

/** A disk of this node: it can also be told what no other node may tell it. */
public interface LocalReplica extends ChunkReplica {
  /**
   * Gives up copies of chunks whose partition is not kept here any more. Not a deletion: it leaves
   * nothing that would refuse the chunks if the partition came back.
   *
   * @param ids at most 10,000; unknown ones are passed over
   */
  Future<Void> evict(List<ChunkId> ids);
}

package io.sluice.gateway.placement;

import io.sluice.storage.chunk.ChunkReplica;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** How busy replicas are, as one number. */
final class LeastBusy {
  /** What a request costs beside its bytes, in bytes that could be moved meanwhile. */
  private static final long REQUEST_COST_BYTES = 64 << 10;

  private record Ranked(ChunkReplica replica, long cost) {}

  private LeastBusy() {}

  static long cost(ChunkReplica.Load load) {
    return load.bytesInFlight() + load.requestsInFlight() * REQUEST_COST_BYTES;
  }

  /** Puts the least busy first; equals stay in the layout's order. */
  static void sort(List<ChunkReplica> replicas) {
    List<Ranked> ranked = new ArrayList<>(replicas.size());
    // Loads change while we look: each is read once, or the order would contradict itself.
    for (ChunkReplica replica : replicas) {
      ranked.add(new Ranked(replica, cost(replica.load())));
    }
    ranked.sort(Comparator.comparingLong(Ranked::cost));
    for (int i = 0; i < ranked.size(); i++) {
      replicas.set(i, ranked.get(i).replica());
    }
  }
}

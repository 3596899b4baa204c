package io.sluice.gateway.placement;

import io.sluice.storage.chunk.ChunkReplica;

/** How busy a replica is, as one number. */
final class ReplicaCost {
  /** What a request costs beside its bytes, in bytes that could be moved meanwhile. */
  private static final long REQUEST_COST_BYTES = 64 << 10;

  private ReplicaCost() {}

  static long of(ChunkReplica.Load load) {
    return load.bytesInFlight() + load.requestsInFlight() * REQUEST_COST_BYTES;
  }
}

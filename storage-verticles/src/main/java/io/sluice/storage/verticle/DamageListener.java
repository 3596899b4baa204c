package io.sluice.storage.verticle;

import io.sluice.storage.chunk.ChunkId;

/** Told of chunks whose stored bytes are damaged, so that a good copy is fetched elsewhere. */
public interface DamageListener {
  /** Called on a thread of the store, once for each damaged copy; it must return at once. */
  void damaged(ChunkId id);
}

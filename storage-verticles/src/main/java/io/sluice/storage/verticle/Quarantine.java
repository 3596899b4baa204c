package io.sluice.storage.verticle;

import io.sluice.storage.chunk.ChunkId;
import io.sluice.storage.verticle.index.ChunkIndex;
import io.sluice.storage.verticle.index.IndexEntry;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Marks damaged chunks, so that reads fail at once and a good copy may be written here again, and
 * tells whoever repairs. Safe on any thread; blocks.
 */
final class Quarantine {
  private static final Logger LOG = LoggerFactory.getLogger(Quarantine.class);

  private final ChunkIndex index;
  private final StoreMetrics metrics;
  private final DamageListener listener;

  Quarantine(ChunkIndex index, StoreMetrics metrics, DamageListener listener) {
    this.index = index;
    this.metrics = metrics;
    this.listener = listener;
  }

  /** The chunk's bytes at this place are damaged; does nothing if that is known already. */
  void add(ChunkId id, IndexEntry.Stored place) {
    AtomicBoolean isNew = new AtomicBoolean();
    try {
      index.update(update -> isNew.set(update.damaged(id, place)));
    } catch (IOException e) {
      LOG.warn("Chunk {} could not be marked as damaged", id, e);
    }
    if (isNew.get()) {
      LOG.error("Chunk {} is damaged in segment {} at {}", id, place.segment(), place.offset());
      metrics.damaged.increment();
      listener.damaged(id);
    }
  }
}

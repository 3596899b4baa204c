package io.sluice.gateway.placement;

import io.sluice.storage.chunk.ChunkId;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

/**
 * Copies that are known to be missing or damaged, for the repair to fetch first. A hint: it is
 * bounded and in memory, and comparing the replicas' lists finds whatever it forgets. Safe for use
 * by many threads.
 */
public final class RepairBacklog {
  /**
   * A copy.
   *
   * @param replicaId where it should be whole
   */
  public record Copy(ChunkId chunk, String replicaId) {}

  private final Set<Copy> copies = ConcurrentHashMap.newKeySet();
  private final AtomicInteger size = new AtomicInteger();
  private final LongAdder forgotten = new LongAdder();
  private final int sizeMax;

  /**
   * @param sizeMax copies that are remembered, at most
   */
  public RepairBacklog(int sizeMax) {
    this.sizeMax = sizeMax;
  }

  /** Remembers a copy, unless too many are remembered. */
  public void add(ChunkId chunk, String replicaId) {
    if (size.get() >= sizeMax) {
      forgotten.increment();
    } else if (copies.add(new Copy(chunk, replicaId))) {
      size.incrementAndGet();
    }
  }

  /** Takes out some copies. */
  public List<Copy> drain(int max) {
    List<Copy> drained = new ArrayList<>();
    Iterator<Copy> iterator = copies.iterator();
    while (drained.size() < max && iterator.hasNext()) {
      Copy copy = iterator.next();
      if (copies.remove(copy)) {
        size.decrementAndGet();
        drained.add(copy);
      }
    }
    return drained;
  }

  /** How many copies wait. */
  public int size() {
    return size.get();
  }

  /** How many did not fit since the start. */
  public long forgotten() {
    return forgotten.sum();
  }
}

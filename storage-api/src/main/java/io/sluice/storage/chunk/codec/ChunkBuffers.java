package io.sluice.storage.chunk.codec;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.PooledByteBufAllocator;

/**
 * The pool of direct memory that chunk records and decoded frames come from. A pool of its own
 * because the largest record is a little over 4 MiB, the size from which Netty's default pool takes
 * and returns memory page by page from the operating system.
 *
 * <p>It grows to what is in flight at once, rounded up to 16 MiB an arena, and keeps that. What may
 * be in flight is bounded by {@code MemoryBudget}; the last bound is Netty's own, {@code
 * -Dio.netty.maxDirectMemory}. Safe for use by many threads.
 */
public final class ChunkBuffers {
  private static final int PAGE_BYTES = 8192;
  private static final int ARENA_CHUNK_ORDER = 11; // 8 KiB << 11 = 16 MiB

  private final PooledByteBufAllocator allocator;

  /**
   * @param arenas how many threads may allocate at once without waiting for each other; 1 or more
   */
  public ChunkBuffers(int arenas) {
    // No caches per thread: buffers are large, and released by other threads than took them.
    this.allocator =
        new PooledByteBufAllocator(true, 0, arenas, PAGE_BYTES, ARENA_CHUNK_ORDER, 0, 0, false);
  }

  /** An empty direct buffer of exactly that capacity. */
  ByteBuf take(int capacityBytes) {
    return allocator.directBuffer(capacityBytes, capacityBytes);
  }

  /** Direct memory that is taken now: 0 when nothing is in flight, else something is leaking. */
  public long usedBytes() {
    return allocator.pinnedDirectMemory();
  }

  /** Direct memory that the pool holds, used or not. */
  public long reservedBytes() {
    return allocator.metric().usedDirectMemory();
  }

  /** The pool as Netty knows it. */
  public ByteBufAllocator allocator() {
    return allocator;
  }
}

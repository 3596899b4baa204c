package io.sluice.metadata.state.rocks;

import org.rocksdb.Cache;
import org.rocksdb.Env;
import org.rocksdb.LRUCache;
import org.rocksdb.Priority;
import org.rocksdb.RocksDB;
import org.rocksdb.WriteBufferManager;

/**
 * What all shards of a process share: the block cache, the budget of the write buffers, and the
 * threads that flush and compact. Closed after the last shard that uses it. Any thread.
 */
public final class RocksMemory implements AutoCloseable {
  static {
    RocksDB.loadLibrary();
  }

  /** Few shards of the cache, so that one holds any index or filter block many times over. */
  private static final int CACHE_SHARD_BITS = 2;

  /** Of the cache, for index and filter blocks. */
  private static final double HIGH_PRIORITY_RATIO = 0.4;

  private final Cache blockCache;
  private final WriteBufferManager writeBuffers;

  private RocksMemory(long blockCacheBytes, long writeBufferBytes) {
    // Not "strict": a strict cache that is full of blocks in use fails reads, and a read that fails
    // in apply stops the peer. Blocks in use are few: a handful for each query that is running.
    blockCache = new LRUCache(blockCacheBytes, CACHE_SHARD_BITS, false, HIGH_PRIORITY_RATIO);
    // Charged to the cache: together they are one budget, and a burst of writes shrinks the cache.
    // No stalls: a shard that has nothing to flush would stall for ever behind one that has.
    writeBuffers = new WriteBufferManager(writeBufferBytes, blockCache, false);
    Env.getDefault().setBackgroundThreads(1, Priority.HIGH).setBackgroundThreads(1, Priority.LOW);
  }

  /**
   * Allocates them.
   *
   * @param blockCacheBytes of index, filter and data blocks and of the write buffers together, so
   *     more than {@code writeBufferBytes}
   * @param writeBufferBytes of all shards together; a shard flushes when the sum gets there
   */
  public static RocksMemory allocate(long blockCacheBytes, long writeBufferBytes) {
    return new RocksMemory(blockCacheBytes, writeBufferBytes);
  }

  Cache blockCache() {
    return blockCache;
  }

  WriteBufferManager writeBuffers() {
    return writeBuffers;
  }

  @Override
  public void close() {
    writeBuffers.close();
    blockCache.close();
  }
}

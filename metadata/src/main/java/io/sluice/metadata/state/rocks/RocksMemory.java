package io.sluice.metadata.state.rocks;

/**
 * What all shards of a process share: the block cache, the budget of the write buffers, and the
 * threads that flush and compact. Closed after the last shard that uses it.
 */
public final class RocksMemory implements AutoCloseable {
  private RocksMemory() {}

  /**
   * Allocates them.
   *
   * @param blockCacheBytes a strict limit, index and filter blocks included
   * @param writeBufferBytes of all shards together; a shard flushes when the sum gets there
   */
  public static RocksMemory allocate(long blockCacheBytes, long writeBufferBytes) {
    return new RocksMemory();
  }

  @Override
  public void close() {}
}

package io.sluice.metadata.state.rocks;

import io.sluice.metadata.state.row.Family;
import java.util.ArrayList;
import java.util.List;
import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.BloomFilter;
import org.rocksdb.ColumnFamilyOptions;
import org.rocksdb.CompressionType;
import org.rocksdb.IndexType;
import org.rocksdb.Options;
import org.rocksdb.TablePropertiesCollectorFactory;

/** How each family is kept on disk; owns the native objects that takes. */
final class FamilyOptions implements AutoCloseable {
  private static final int BLOOM_BITS_PER_KEY = 10;
  private static final int BLOCK_BYTES = 8 << 10;
  private static final int INLINE_BLOCK_BYTES = 16 << 10;

  /**
   * A page of a listing takes some hundred KiB of rows in a row, which in a large bucket are not in
   * the cache: a block costs a read, an allocation and a place in the cache whatever its size.
   */
  private static final int OBJECTS_BLOCK_BYTES = 32 << 10;

  private static final int INDEX_PARTITION_BYTES = 4 << 10;

  /** Of one family; the budget of all shards together usually has them flushed earlier. */
  private static final int WRITE_BUFFER_BYTES = 16 << 20;

  private static final int INLINE_WRITE_BUFFER_BYTES = 32 << 20;

  /** What a family's write buffer takes from the heap at a time: most families hold little. */
  private static final int ARENA_BLOCK_BYTES = 128 << 10;

  private static final long FILE_BYTES = 32L << 20;

  /** A file in which this many of so many rows in a row are deletions is compacted soon. */
  private static final int DELETION_WINDOW_ROWS = 4096;

  private static final int DELETION_TRIGGER_ROWS = 1024;

  private final BloomFilter filter = new BloomFilter(BLOOM_BITS_PER_KEY, false);
  private final TablePropertiesCollectorFactory deletionCollector =
      TablePropertiesCollectorFactory.NewCompactOnDeletionCollectorFactory(
          DELETION_WINDOW_ROWS, DELETION_TRIGGER_ROWS, 0);
  private final RocksMemory memory;
  private final List<ColumnFamilyOptions> opened = new ArrayList<>();

  FamilyOptions(RocksMemory memory) {
    this.memory = memory;
  }

  /** Options of a family; closed with this. */
  ColumnFamilyOptions of(Family family) {
    // The Java API takes the collector only by way of Options.
    try (Options base = new Options()) {
      base.setTablePropertiesCollectorFactory(List.of(deletionCollector));
      ColumnFamilyOptions options = new ColumnFamilyOptions(base);
      opened.add(options);
      boolean inline = family == Family.INLINE;
      return options
          .setTableFormatConfig(tableConfig(blockBytes(family)))
          .setWriteBufferSize(inline ? INLINE_WRITE_BUFFER_BYTES : WRITE_BUFFER_BYTES)
          .setArenaBlockSize(ARENA_BLOCK_BYTES)
          .setTargetFileSizeBase(FILE_BYTES)
          .setLevelCompactionDynamicLevelBytes(true)
          // Inline bytes are mostly compressed already, and their keys only grow: files move down
          // the levels as they are.
          .setCompressionType(
              inline ? CompressionType.NO_COMPRESSION : CompressionType.LZ4_COMPRESSION);
    }
  }

  private static int blockBytes(Family family) {
    return switch (family) {
      case INLINE -> INLINE_BLOCK_BYTES;
      case OBJECTS -> OBJECTS_BLOCK_BYTES;
      default -> BLOCK_BYTES;
    };
  }

  private BlockBasedTableConfig tableConfig(int blockBytes) {
    return new BlockBasedTableConfig()
        .setBlockCache(memory.blockCache())
        .setBlockSize(blockBytes)
        .setFilterPolicy(filter)
        .setOptimizeFiltersForMemory(true)
        .setIndexType(IndexType.kTwoLevelIndexSearch)
        .setPartitionFilters(true)
        .setMetadataBlockSize(INDEX_PARTITION_BYTES)
        .setCacheIndexAndFilterBlocks(true)
        .setCacheIndexAndFilterBlocksWithHighPriority(true)
        .setPinTopLevelIndexAndFilter(true)
        .setPinL0FilterAndIndexBlocksInCache(true);
  }

  @Override
  public void close() {
    for (ColumnFamilyOptions each : opened) {
      each.close();
    }
    deletionCollector.close();
    filter.close();
  }
}

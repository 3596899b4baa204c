package io.sluice.metadata;

import io.sluice.metadata.raft.RaftNetwork;
import io.sluice.storage.FormatRange;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What the metadata of a node is opened with.
 *
 * @param directory where it lies
 * @param node the node's name; part of the peer's id when the directory is made
 * @param shards how many a directory that is made now gets, at least 1; one that is there keeps its
 *     own
 * @param blockCacheBytes what RocksDB of all shards may cache of its files
 * @param writeBufferBytes what RocksDB of all shards may hold before it is flushed
 * @param startLimit how long opening may wait until every shard answers; a peer with a network does
 *     not wait
 * @param freeBytes what may still be written where it lies; may block
 * @param floorBytes while less is free, what adds to the metadata is refused
 * @param network how other peers are reached; null for a node that is alone: it opens no port
 * @param formats what this program knows
 */
public record MetadataOptions(
    Path directory,
    String node,
    int shards,
    long blockCacheBytes,
    long writeBufferBytes,
    Duration startLimit,
    LongSupplier freeBytes,
    long floorBytes,
    @Nullable RaftNetwork network,
    FormatRange formats) {
  /** What a cluster starts with. */
  public static final int SHARDS_DEFAULT = 4;

  /** Kept free unless it is told otherwise, of a disk that is large enough. */
  private static final long FLOOR_BYTES = 256L << 20;

  private static final int FLOOR_SHARE = 20;

  /** Those of a node of its own, with defaults, for what differs to be said. */
  public static Builder in(Path directory) {
    return new Builder(directory);
  }

  /**
   * What is kept free of the disk of a directory unless it is told otherwise: 256 MiB, and less of
   * a small disk.
   */
  public static long floorOf(Path directory) {
    long total = nearest(directory).getTotalSpace();
    return total <= 0 ? 0 : Math.min(FLOOR_BYTES, total / FLOOR_SHARE);
  }

  /** The directory may not be there yet: then the one that it will be made in. */
  private static File nearest(Path directory) {
    @Nullable Path at = directory.toAbsolutePath();
    while (at != null && !Files.exists(at)) {
      at = at.getParent();
    }
    return at == null ? directory.toFile() : at.toFile();
  }

  /** What is not said has the default of a node of its own. For one thread. */
  public static final class Builder {
    private final Path directory;
    private String node = "node";
    private int shards = SHARDS_DEFAULT;
    private long blockCacheBytes = 64L << 20;
    private long writeBufferBytes = 64L << 20;
    private Duration startLimit = Duration.ofMinutes(10);
    private LongSupplier freeBytes;
    private long floorBytes;
    private @Nullable RaftNetwork network;
    private FormatRange formats = FormatRange.CURRENT;

    private Builder(Path directory) {
      this.directory = directory;
      this.freeBytes = () -> nearest(directory).getUsableSpace();
      this.floorBytes = floorOf(directory);
    }

    public Builder node(String name) {
      node = name;
      return this;
    }

    public Builder shards(int count) {
      shards = count;
      return this;
    }

    /** What RocksDB may take of memory, of each kind. */
    public Builder memory(long cacheBytes, long bufferBytes) {
      blockCacheBytes = cacheBytes;
      writeBufferBytes = bufferBytes;
      return this;
    }

    public Builder startLimit(Duration limit) {
      startLimit = limit;
      return this;
    }

    public Builder freeBytes(LongSupplier free) {
      freeBytes = free;
      return this;
    }

    public Builder floorBytes(long floor) {
      floorBytes = floor;
      return this;
    }

    /** One peer of several. */
    public Builder network(RaftNetwork reached) {
      network = reached;
      return this;
    }

    public Builder formats(FormatRange known) {
      formats = known;
      return this;
    }

    public MetadataOptions build() {
      return new MetadataOptions(
          directory,
          node,
          shards,
          blockCacheBytes,
          writeBufferBytes,
          startLimit,
          freeBytes,
          floorBytes,
          network,
          formats);
    }
  }
}

package io.sluice.metadata;

import io.sluice.metadata.raft.RaftLimits;
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
 * @param limits of each shard
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
    RaftLimits limits,
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

  /** A node of its own, with defaults. */
  public static MetadataOptions of(Path directory) {
    return new MetadataOptions(
        directory,
        "node",
        SHARDS_DEFAULT,
        RaftLimits.DEFAULT,
        64L << 20,
        64L << 20,
        Duration.ofMinutes(10),
        () -> nearest(directory).getUsableSpace(),
        floorOf(directory),
        null,
        FormatRange.CURRENT);
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

  /** The same with another number of shards. */
  public MetadataOptions withShards(int count) {
    return new MetadataOptions(
        directory,
        node,
        count,
        limits,
        blockCacheBytes,
        writeBufferBytes,
        startLimit,
        freeBytes,
        floorBytes,
        network,
        formats);
  }

  /** The same with so much kept free. */
  public MetadataOptions withFloorBytes(long bytes) {
    return new MetadataOptions(
        directory,
        node,
        shards,
        limits,
        blockCacheBytes,
        writeBufferBytes,
        startLimit,
        freeBytes,
        bytes,
        network,
        formats);
  }

  /** The same for one peer of several. */
  public MetadataOptions withNetwork(RaftNetwork reached) {
    return new MetadataOptions(
        directory,
        node,
        shards,
        limits,
        blockCacheBytes,
        writeBufferBytes,
        startLimit,
        freeBytes,
        floorBytes,
        reached,
        formats);
  }

  /** The same for a program that knows other formats. */
  public MetadataOptions withFormats(FormatRange known) {
    return new MetadataOptions(
        directory,
        node,
        shards,
        limits,
        blockCacheBytes,
        writeBufferBytes,
        startLimit,
        freeBytes,
        floorBytes,
        network,
        known);
  }
}

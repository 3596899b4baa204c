package io.sluice.metadata;

import io.sluice.metadata.raft.RaftLimits;
import io.sluice.metadata.raft.RaftNetwork;
import io.sluice.storage.FormatRange;
import java.nio.file.Path;
import java.time.Duration;
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
    @Nullable RaftNetwork network,
    FormatRange formats) {
  /** What a cluster starts with. */
  public static final int SHARDS_DEFAULT = 4;

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
        null,
        FormatRange.CURRENT);
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
        network,
        known);
  }
}

package io.sluice.metadata.state.row;

import io.sluice.storage.FormatRange;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** A column family: rows of one kind, with a write buffer and files of their own. */
public enum Family {
  /** How far the shard is, and which buckets are sealed. RocksDB insists on a family "default". */
  META,
  BUCKETS,
  ACCOUNTS,
  /** The current version of each object: what listings read. */
  OBJECTS,
  MANIFESTS,
  PARTS,
  /** Bytes of small objects and parts, apart from what listings read. */
  INLINE,
  UPLOADS,
  UPLOAD_PARTS,
  /** What names a chunk. */
  CHUNKS,
  GARBAGE,
  CHANGES,
  /** What became of each command, for as long as it may come again. */
  OUTCOMES,
  /** The nodes of the cluster, and its settings. */
  NODES,
  /** Rows of objects that were replaced or deleted, and can still be read. */
  HISTORY(FormatRange.HISTORY),
  /** The rows of the history in the order in which they may leave it. */
  HISTORY_QUEUE(FormatRange.HISTORY),
  PINS(FormatRange.HISTORY),
  /** The moments that can be read. */
  SNAPSHOTS(FormatRange.HISTORY);

  private final int format;

  Family() {
    this(FormatRange.FIRST);
  }

  Family(int format) {
    this.format = format;
  }

  /**
   * The active format from which on it is there. A program that does not know a family can't open
   * the store, so none is made before every node knows it.
   */
  public int format() {
    return format;
  }

  /** Its name on disk. */
  public byte[] diskName() {
    String name = this == META ? "default" : name().toLowerCase(Locale.ROOT);
    return name.getBytes(StandardCharsets.US_ASCII);
  }
}

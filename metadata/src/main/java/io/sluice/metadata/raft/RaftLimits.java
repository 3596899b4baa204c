package io.sluice.metadata.raft;

/**
 * How much one shard may hold in memory and on disk before it pushes back or cleans up.
 *
 * @param pendingCommandsMax commands of one shard that wait for their outcome; more are refused
 *     with {@code Unavailable}
 * @param pendingBytesMax bytes of them
 * @param snapshotEntries after how many entries the state is flushed and the log before it dropped
 * @param snapshotBytes after how many bytes of commands; bounds what a restart replays
 * @param segmentBytes size of a file of the log
 */
public record RaftLimits(
    int pendingCommandsMax,
    int pendingBytesMax,
    long snapshotEntries,
    long snapshotBytes,
    int segmentBytes) {
  /** Bytes of the largest entry that the log takes, and of the largest command less its framing. */
  static final int ENTRY_BYTES_MAX = 4 << 20;

  /** The largest command. The rest is room for what Ratis puts around it. */
  public static final int COMMAND_BYTES_MAX = ENTRY_BYTES_MAX - (4 << 10);

  /** For a node with a small heap: four shards of this hold at most 32 MiB of commands. */
  public static final RaftLimits DEFAULT =
      new RaftLimits(2048, 8 << 20, 100_000, 32L << 20, 4 << 20);

  public RaftLimits {
    if (pendingCommandsMax < 1 || pendingBytesMax < ENTRY_BYTES_MAX) {
      throw new IllegalArgumentException("at least one command of any size must fit");
    }
  }
}

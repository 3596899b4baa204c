package io.sluice.storage;

/**
 * Which format versions a program can work in. One number stands for everything that nodes
 * replicate, keep or tell each other: commands, records, chunk records, the internal channel.
 *
 * <p>What is written is of the cluster's active format, never newer: that is the newest which all
 * registered nodes know, agreed in shard 0. So nodes of two versions can be in one cluster, and a
 * node that was upgraded can go back until all of them were.
 *
 * @param oldest the oldest active format that it can work in
 * @param newest the newest that it knows
 */
public record FormatRange(int oldest, int newest) {
  /** What every cluster begins with, and what a message that names no format is of. */
  public static final int FIRST = 1;

  /** From here on what is replaced or deleted can be kept: the history, pins, and backups. */
  public static final int HISTORY = 2;

  /** That of this program. A change that an older program would misread raises {@code newest}. */
  public static final FormatRange CURRENT = new FormatRange(FIRST, HISTORY);

  public FormatRange {
    if (oldest < FIRST || newest < oldest) {
      throw new IllegalArgumentException("no range of formats: " + oldest + " to " + newest);
    }
  }

  /** The format a message names: its field is 0 where that is the first. */
  public static int named(int field) {
    return Math.max(FIRST, field);
  }

  @Override
  public String toString() {
    return oldest == newest ? "format " + newest : "formats " + oldest + " to " + newest;
  }
}

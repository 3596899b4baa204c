package io.sluice.recovery.standby;

/**
 * How an epoch hangs together with the one before it.
 *
 * @param version of its file
 * @param sum the SHA-256 of what it says
 * @param previous the sum of the epoch before it; empty of the first, and of those of version 1
 *     that were written before there were sums
 */
record EpochLink(int version, String sum, String previous) {
  /** From this one on each but the first names the one before it. */
  static final int NAMES_PREVIOUS = 2;

  /**
   * Whether it was claimed after that one. Of an old one that does not say so it is taken for
   * granted, but not after a newer one: who wrote the old ones could not read that.
   */
  boolean follows(EpochLink before) {
    return previous.isEmpty()
        ? version < NAMES_PREVIOUS && before.version < NAMES_PREVIOUS
        : previous.equals(before.sum);
  }
}

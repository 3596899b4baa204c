package io.sluice.cluster.heal;

import java.time.Duration;

/**
 * How fast and how often replicas are compared and repaired.
 *
 * @param bytesPerSecond what a node copies onto its disks at most, all together
 * @param listedPerSecond chunk ids a node compares at most
 * @param copies under way at once in a comparison
 * @param comparisons under way at once on a node
 * @param interval from one comparison of everything to the next
 * @param evictionGrace how long chunks of a partition that left a disk stay readable there
 * @param pageChunks ids in a page of a list, 1 to 10,000
 * @param callLimit for one call to a replica
 */
public record HealOptions(
    long bytesPerSecond,
    long listedPerSecond,
    int copies,
    int comparisons,
    Duration interval,
    Duration evictionGrace,
    int pageChunks,
    Duration callLimit) {

  public static final HealOptions DEFAULT =
      new HealOptions(
          64L << 20,
          200_000,
          4,
          2,
          Duration.ofMinutes(30),
          Duration.ofMinutes(10),
          2_000,
          Duration.ofSeconds(30));

  /** The same, but for what is copied in a second at most. */
  public HealOptions withBytesPerSecond(long bytes) {
    return new HealOptions(
        bytes,
        listedPerSecond,
        copies,
        comparisons,
        interval,
        evictionGrace,
        pageChunks,
        callLimit);
  }
}

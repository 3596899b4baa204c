package io.sluice.metadata.gc;

import java.time.Duration;

/**
 * How garbage collection goes about it.
 *
 * @param interval from the end of one run to the start of the next
 * @param garbageGrace how long the chunks of what was replaced or deleted stay; longer than the
 *     longest download allowed
 * @param orphanGrace how old a chunk that nothing names must be; longer than the longest time from
 *     writing a chunk to committing what names it
 * @param changesMax entries of the change index that are kept in each shard
 * @param pageChunks chunks that are looked at in one go, 1 to 10,000
 * @param chunksPerSecond chunks that are looked at or deleted in a second, at least 1
 */
public record GcOptions(
    Duration interval,
    Duration garbageGrace,
    Duration orphanGrace,
    long changesMax,
    int pageChunks,
    int chunksPerSecond) {
  public static final GcOptions DEFAULT =
      new GcOptions(
          Duration.ofMinutes(5),
          Duration.ofHours(6),
          Duration.ofHours(24),
          1_000_000,
          1_000,
          5_000);

  private static final Duration READ_MARGIN_MAX = Duration.ofMinutes(10);

  /**
   * The longest a download may take, so that none outlives the chunks that it reads: a download
   * that began as its object was deleted ends before the chunks go, even when the clock that ages
   * them was set forward a little meanwhile, or runs faster than the timer of the download.
   *
   * @return shorter than {@code garbageGrace} by a tenth of it, and by at most ten minutes
   */
  public static Duration downloadLimit(Duration garbageGrace) {
    Duration tenth = garbageGrace.dividedBy(10);
    return garbageGrace.minus(tenth.compareTo(READ_MARGIN_MAX) < 0 ? tenth : READ_MARGIN_MAX);
  }

  public GcOptions {
    if (pageChunks < 1 || pageChunks > 10_000 || chunksPerSecond < 1 || changesMax < 0) {
      throw new IllegalArgumentException("out of range");
    }
  }
}

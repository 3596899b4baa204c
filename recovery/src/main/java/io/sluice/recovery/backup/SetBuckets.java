package io.sluice.recovery.backup;

import java.util.List;

/**
 * What a set has, by bucket.
 *
 * @param buckets of which it has any row
 * @param removed names that no bucket has any more
 */
public record SetBuckets(List<BucketCounts> buckets, List<String> removed) {
  /** Sets with more than that don't say it. */
  public static final int MAX = 10_000;

  public SetBuckets {
    buckets = List.copyOf(buckets);
    removed = List.copyOf(removed);
  }
}

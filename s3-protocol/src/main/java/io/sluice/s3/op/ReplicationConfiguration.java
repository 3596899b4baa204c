package io.sluice.s3.op;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What of a bucket is replicated where.
 *
 * @param role as it was given; it is kept, and means nothing here
 * @param rules 1 to 100
 * @see <a
 *     href="https://docs.aws.amazon.com/AmazonS3/latest/API/API_ReplicationConfiguration.html">ReplicationConfiguration</a>
 */
public record ReplicationConfiguration(String role, List<Rule> rules) {
  public ReplicationConfiguration {
    rules = List.copyOf(rules);
  }

  /**
   * A rule.
   *
   * @param id unique among the rules
   * @param priority of rules with the same destination the greatest decides; 0 in the first version
   * @param firstVersion whether it has a prefix of its own, not in a filter: then deletions are
   *     replicated, too
   * @param enabled whether it does anything
   * @param prefix of the keys that it is about
   * @param destination ARN, as it was given
   * @param storageClass as it was given; null for none
   * @param deleteMarkers whether deletions are replicated; null where that is not said
   * @param existingObjects whether objects are that were there before the rule; null where that is
   *     not said
   */
  public record Rule(
      String id,
      int priority,
      boolean firstVersion,
      boolean enabled,
      String prefix,
      String destination,
      @Nullable String storageClass,
      @Nullable Boolean deleteMarkers,
      @Nullable Boolean existingObjects) {}
}

package io.sluice.recovery.backup.prune;

import java.util.List;

/**
 * What was removed.
 *
 * @param sets that are not listed any more
 * @param packs that were removed
 * @param bytes stored, of all files that were removed
 * @param refusedCount files that the target did not let go
 * @param refused the first of them
 */
public record PruneReport(
    long sets, long packs, long bytes, long refusedCount, List<Refusal> refused) {
  /**
   * A file that stays because the target refused to remove it: an object lock, as a rule.
   *
   * @param message the target's, for people
   */
  public record Refusal(String file, String message) {}

  public PruneReport {
    refused = List.copyOf(refused);
  }
}

package io.sluice.recovery.standby;

import io.sluice.storage.proto.ShardPosition;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Who is the primary in place of a cluster, and how that came about. The greatest epoch alone does
 * not say it: it may be one by which its cluster set its lease, or that of a cluster that took over
 * from the one that took over.
 *
 * @param epoch the greatest
 * @param appliedSet what of the cluster was applied by whoever took over from it; null: nobody did
 *     there, as far as can be read
 * @param takenOverAt where the logs of the primary were when it became that; empty: not said
 */
public record Successor(
    Epoch epoch, @Nullable AppliedSet appliedSet, List<ShardPosition> takenOverAt) {
  public Successor {
    takenOverAt = List.copyOf(takenOverAt);
  }

  /** What of the cluster was applied by whoever took over from it. */
  public Optional<AppliedSet> applied() {
    return Optional.ofNullable(appliedSet);
  }

  /** Reads an epoch; null when it is damaged. Blocks. */
  @FunctionalInterface
  interface Reading {
    @Nullable Epoch of(long number) throws IOException;
  }

  /**
   * How the greatest came about: from it down to the last of the cluster itself, which was the
   * primary until then. What is damaged says nothing, and keeps nobody from being fenced.
   *
   * @param greatest another cluster's
   * @param cluster that was overtaken
   * @param known the greatest epoch that it knew of there: it was overtaken since; 0: none
   */
  static Successor of(Epoch greatest, UUID cluster, long known, Reading reading)
      throws IOException {
    Epoch how = null; // its cluster became the primary
    Epoch last = null; // that took over from this one
    for (long number = greatest.number(); number > 0; number--) {
      Epoch epoch = reading.of(number);
      if (epoch == null) {
        continue;
      }
      if (epoch.cluster().equals(cluster) || (how != null && number <= known)) {
        break;
      }
      if (how == null && epoch.cluster().equals(greatest.cluster()) && isPromotion(epoch)) {
        how = epoch;
      }
      if (last == null && number > known && epoch.tookOverFrom(cluster)) {
        last = epoch;
      }
    }
    boolean isDirect = how != null && how.number() > known && how.tookOverFrom(cluster);
    Epoch from = isDirect ? how : last;
    return new Successor(
        greatest,
        from == null ? null : from.appliedSet(),
        how == null ? List.of() : how.takenOverAt());
  }

  /** Early ones don't say where the logs were, and who had nothing applied says only that. */
  private static boolean isPromotion(Epoch epoch) {
    return epoch.isTakeover() || epoch.applied().isPresent();
  }
}

package io.sluice.recovery.backup;

import io.sluice.recovery.backup.file.BackupFiles;
import io.sluice.recovery.backup.file.DamagedFileException;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a set stands for, by bucket, from what the sets of its chain say of themselves. Of a full
 * one that is exact. Of a longer chain it is the most that there can be: what was replaced or
 * removed since the full one counts still. Immutable.
 */
public final class BucketTotals {
  private static final int CHAIN_MAX = 100_000;

  /**
   * A bucket.
   *
   * @param objects in it, at most
   * @param bytes of those, plain
   */
  public record Total(long id, String name, long objects, long bytes) {}

  private final SetId id;
  private final boolean exact;
  private final @Nullable Map<Long, Total> totals;

  private BucketTotals(SetId id, boolean exact, @Nullable Map<Long, Total> totals) {
    this.id = id;
    this.exact = exact;
    this.totals = totals;
  }

  /**
   * Reads those of a set. Blocks: one small read for each set of the chain.
   *
   * @param known of an older set, which is not read again; null: none is
   * @throws DamagedFileException when one of them can't be read
   */
  public static BucketTotals read(BackupFiles files, SetId id, @Nullable BucketTotals known)
      throws IOException {
    Deque<BackupSet> chain = new ArrayDeque<>();
    SetId at = id;
    while (known == null || !known.id.equals(at)) {
      BackupSet set = SetFile.read(files, at);
      chain.push(set);
      if (set.parentId().isEmpty()) {
        return sum(chain, null);
      }
      if (chain.size() == CHAIN_MAX) {
        throw new DamagedFileException(SetFile.name(id), "builds on too many others");
      }
      at = set.parentId().get();
    }
    return chain.isEmpty() ? known : sum(chain, known);
  }

  private static BucketTotals sum(Collection<BackupSet> chain, @Nullable BucketTotals before) {
    BucketTotals sum = before;
    for (BackupSet set : chain) {
      sum = add(sum, set);
    }
    if (sum == null) {
      throw new IllegalStateException("a chain has a set");
    }
    return sum;
  }

  private static BucketTotals add(@Nullable BucketTotals before, BackupSet set) {
    SetBuckets buckets = set.buckets();
    if (buckets == null || (before != null && before.totals == null)) {
      return new BucketTotals(set.id(), false, null);
    }
    Map<Long, Total> totals =
        before == null || before.totals == null
            ? new LinkedHashMap<>()
            : new LinkedHashMap<>(before.totals);
    if (!totals.isEmpty()) {
      Set<String> gone = new HashSet<>(buckets.removed());
      Set<Long> ids = new HashSet<>();
      for (BucketCounts each : buckets.buckets()) {
        if (!each.name().isEmpty()) { // of a bucket that was made anew the one before is gone
          gone.add(each.name());
          ids.add(each.id());
        }
      }
      totals.values().removeIf(total -> gone.contains(total.name()) && !ids.contains(total.id()));
    }
    for (BucketCounts each : buckets.buckets()) {
      Total was = totals.getOrDefault(each.id(), new Total(each.id(), each.name(), 0, 0));
      totals.put(
          each.id(),
          new Total(
              each.id(),
              each.name().isEmpty() ? was.name() : each.name(),
              was.objects() + each.objects(),
              was.bytes() + each.objectBytes()));
    }
    boolean changed =
        buckets.buckets().stream().anyMatch(each -> each.objects() + each.removals() > 0);
    boolean exact = before == null || (before.exact && !changed);
    return new BucketTotals(set.id(), exact, totals);
  }

  /** The set whose they are. */
  public SetId id() {
    return id;
  }

  /** Whether it is so, and not less. */
  public boolean isExact() {
    return exact;
  }

  /** Empty when a set of the chain does not say it: an older program made it. */
  public Optional<List<Total>> buckets() {
    return totals == null
        ? Optional.empty()
        : Optional.of(totals.values().stream().filter(total -> !total.name().isEmpty()).toList());
  }
}

package io.sluice.recovery.backup;

import io.sluice.recovery.backup.format.RowGroup;
import io.sluice.storage.proto.Bucket;
import io.sluice.storage.proto.BucketState;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Counts rows by bucket, and gives up when there are too many. For one thread at a time. */
final class BucketCounter {
  private final Map<Long, Count> counts = new LinkedHashMap<>();
  private final Set<String> removed = new LinkedHashSet<>();
  private boolean tooMany;

  private static final class Count {
    private String name = "";
    private long objects;
    private long removals;
    private long objectBytes;
  }

  void add(RowGroup row) {
    if (tooMany) {
      return;
    }
    if (row.row().hasObject()) {
      Count count = count(row.key().bucketId());
      if (row.isRemoval()) {
        count.removals++;
      } else {
        count.objects++;
        count.objectBytes += row.row().getObject().getObject().getSize();
      }
    } else if (row.row().hasBucket()) {
      bucket(row.row().getBucket());
    }
    if (counts.size() + removed.size() > SetBuckets.MAX) {
      tooMany = true;
      counts.clear();
      removed.clear();
    }
  }

  private void bucket(BucketState state) {
    if (state.hasBucket()) {
      Bucket bucket = state.getBucket();
      count(bucket.getId()).name = bucket.getName();
    } else {
      removed.add(state.getName());
    }
  }

  private Count count(long id) {
    return counts.computeIfAbsent(id, none -> new Count());
  }

  /** Null: there were too many. */
  @Nullable SetBuckets counts() {
    return tooMany
        ? null
        : new SetBuckets(
            counts.entrySet().stream()
                .map(
                    each -> {
                      Count count = each.getValue();
                      return new BucketCounts(
                          each.getKey(),
                          count.name,
                          count.objects,
                          count.removals,
                          count.objectBytes);
                    })
                .toList(),
            removed.stream().toList());
  }
}

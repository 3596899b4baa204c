package io.sluice.recovery.job;

import com.google.protobuf.ByteString;
import io.sluice.storage.proto.Bucket;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * While a whole state goes by, batch after batch in the order of its buckets and keys, deletes what
 * lies between and is not in it. For one use; one call at a time.
 */
final class StateSweep {
  private final ExtraObjects extra;
  private final RestoreRoot root;
  private final Set<Long> seen = new HashSet<>();
  private @Nullable Bucket current;
  private ByteString through = ByteString.EMPTY;

  StateSweep(ExtraObjects extra, RestoreRoot root) {
    this.extra = extra;
    this.root = root;
  }

  /** Deletes up to the last object of a batch, whose buckets were looked for. */
  Uni<Void> pass(RestoreBatch batch) {
    Map<Bucket, List<ByteString>> runs = new LinkedHashMap<>();
    for (RestoreBatch.Item item : batch.items()) {
      runs.computeIfAbsent(item.bucket(), first -> new ArrayList<>()).add(item.rows().key().key());
    }
    return Multi.createFrom()
        .iterable(runs.entrySet())
        .onItem()
        .transformToUniAndConcatenate(run -> pass(run.getKey(), run.getValue()))
        .onItem()
        .ignoreAsUni();
  }

  private Uni<Void> pass(Bucket bucket, List<ByteString> keys) {
    Bucket before = current;
    Uni<Void> left =
        before == null || before.getId() == bucket.getId()
            ? Uni.createFrom().voidItem()
            : finish(before, through);
    ByteString from =
        before != null && before.getId() == bucket.getId() ? through : ByteString.EMPTY;
    ByteString last = keys.get(keys.size() - 1);
    current = bucket;
    through = last;
    seen.add(bucket.getId());
    return left.chain(() -> extra.deleteOthers(here(bucket), from, last, Set.copyOf(keys)));
  }

  /** Deletes what is left behind the last objects, and in buckets that have none. */
  Uni<Void> end(Collection<Bucket> buckets) {
    Bucket last = current;
    Uni<Void> left = last == null ? Uni.createFrom().voidItem() : finish(last, through);
    return left.chain(
        () ->
            Multi.createFrom()
                .iterable(buckets)
                .filter(bucket -> !seen.contains(bucket.getId()))
                .onItem()
                .transformToUniAndConcatenate(bucket -> finish(bucket, ByteString.EMPTY))
                .onItem()
                .ignoreAsUni());
  }

  private Uni<Void> finish(Bucket bucket, ByteString after) {
    return extra.deleteOthers(here(bucket), after, null, Set.of());
  }

  private Bucket here(Bucket bucket) {
    return root.target(bucket).orElseThrow();
  }
}

package io.sluice.recovery.job;

import io.sluice.recovery.backup.BucketTotals;
import io.sluice.recovery.backup.SetId;
import io.sluice.storage.MetadataStore;
import io.sluice.storage.proto.Bucket;
import io.sluice.storage.proto.ListBuckets;
import io.sluice.storage.proto.Query;
import io.sluice.storage.proto.TargetRecord;
import io.smallrye.mutiny.Uni;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What the last set of each target holds, by bucket, and which buckets there are. What was read of
 * a set is kept, so that each costs one small read on a node. Methods return at once and may be
 * called on any thread; results arrive on another.
 */
public final class TargetBuckets {
  private static final Duration PATIENCE = Duration.ofSeconds(3);
  private static final Duration LIMIT = Duration.ofSeconds(10);
  private static final int KNOWN_MAX = 200;

  private final BackupGround on;
  private final TargetSets sets;
  private final Map<String, BucketTotals> known = new ConcurrentHashMap<>();

  public TargetBuckets(BackupGround on, TargetSets sets) {
    this.on = on;
    this.sets = sets;
  }

  /**
   * What the last set of a target stands for.
   *
   * @param target which has one
   * @return fails with {@link IOException} when it can't be read, also not in time; what it says is
   *     for people
   */
  public Uni<BucketTotals> of(TargetRecord target) {
    String place = target.getName() + ' ' + target.getUrl();
    SetId last = new SetId(target.getLast().getSetId());
    BucketTotals before = known.get(place);
    if (before != null && before.id().equals(last)) {
      return Uni.createFrom().item(before);
    }
    return sets.look(target, (opened, files) -> BucketTotals.read(files, last, before))
        .invoke(read -> keep(place, read))
        .ifNoItem()
        .after(PATIENCE)
        .on(on.timers())
        .failWith(() -> new IOException("the target has not answered yet; ask again"))
        .onFailure(NoSuchFileException.class)
        .transform(gone -> new IOException("backup " + last + " is not all there", gone));
  }

  private void keep(String place, BucketTotals read) {
    if (known.size() >= KNOWN_MAX) {
      known.clear();
    }
    known.put(place, read);
  }

  /** The buckets that there are now; of more than 10,000 the first. */
  public Uni<List<Bucket>> present() {
    Query query = Query.newBuilder().setListBuckets(ListBuckets.getDefaultInstance()).build();
    return on.metadata()
        .query(MetadataStore.ROOT_SHARD, query, LIMIT)
        .map(
            answer ->
                answer.getBuckets().getBucketsList().stream()
                    .filter(bucket -> !bucket.getDeleting())
                    .toList());
  }
}

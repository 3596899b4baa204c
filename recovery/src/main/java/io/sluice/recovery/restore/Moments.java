package io.sluice.recovery.restore;

import io.sluice.recovery.snapshot.Refusals;
import io.sluice.storage.MetadataStore;
import io.sluice.storage.proto.Bucket;
import io.sluice.storage.proto.FindMoment;
import io.sluice.storage.proto.GetBucket;
import io.sluice.storage.proto.ListBuckets;
import io.sluice.storage.proto.LogPosition;
import io.sluice.storage.proto.Query;
import io.sluice.storage.proto.RefusalCode;
import io.sluice.storage.proto.ShardPosition;
import io.sluice.storage.proto.SnapshotRow;
import io.smallrye.mutiny.Uni;
import java.time.Clock;
import java.time.Duration;
import java.util.List;

/**
 * Finds buckets as they were. Methods return at once and may be called on any thread; they are
 * refused with OUTSIDE_HISTORY when what was then is not kept, and with NO_SUCH_BUCKET when there
 * was no such bucket then.
 */
public final class Moments {
  private static final Duration LIMIT = Duration.ofSeconds(10);

  private final MetadataStore metadata;
  private final Clock clock;

  public Moments(MetadataStore metadata, Clock clock) {
    this.metadata = metadata;
    this.clock = clock;
  }

  /** A bucket as it is in a snapshot. */
  public Uni<BucketMoment> in(SnapshotRow snapshot, String bucket) {
    if (!snapshot.getBucket().isEmpty() && !snapshot.getBucket().equals(bucket)) {
      return Uni.createFrom()
          .failure(
              Refusals.of(
                  RefusalCode.NO_SUCH_BUCKET,
                  "Snapshot %s is of bucket %s alone."
                      .formatted(snapshot.getName(), snapshot.getBucket())));
    }
    return bucket(bucket, position(snapshot, MetadataStore.ROOT_SHARD))
        .map(found -> new BucketMoment(found, position(snapshot, found.getShard())));
  }

  /**
   * All buckets of a snapshot, by name.
   *
   * @return at most 10,000
   */
  public Uni<List<BucketMoment>> in(SnapshotRow snapshot) {
    if (!snapshot.getBucket().isEmpty()) {
      return in(snapshot, snapshot.getBucket()).map(List::of);
    }
    ListBuckets list =
        ListBuckets.newBuilder().setAt(position(snapshot, MetadataStore.ROOT_SHARD)).build();
    return metadata
        .query(MetadataStore.ROOT_SHARD, Query.newBuilder().setListBuckets(list).build(), LIMIT)
        .map(
            answer ->
                answer.getBuckets().getBucketsList().stream()
                    .map(bucket -> new BucketMoment(bucket, position(snapshot, bucket.getShard())))
                    .toList());
  }

  private static LogPosition position(SnapshotRow snapshot, int shard) {
    return snapshot.getPositionsList().stream()
        .filter(at -> at.getShard() == shard)
        .findAny()
        .map(ShardPosition::getPosition)
        .orElseThrow(
            () ->
                Refusals.of(
                    RefusalCode.NO_SUCH_SNAPSHOT,
                    "Snapshot " + snapshot.getName() + " does not hold that bucket."));
  }

  /**
   * A bucket as it was at a time.
   *
   * @param timeMs milliseconds since 1970, by the clocks of the shards' leaders of then
   */
  public Uni<BucketMoment> at(long timeMs, String bucket) {
    if (timeMs > clock.millis()) {
      return Uni.createFrom()
          .failure(Refusals.of(RefusalCode.OUTSIDE_HISTORY, "That moment has not come yet."));
    }
    return position(MetadataStore.ROOT_SHARD, timeMs)
        .flatMap(root -> bucket(bucket, root))
        .flatMap(
            found -> position(found.getShard(), timeMs).map(at -> new BucketMoment(found, at)));
  }

  private Uni<LogPosition> position(int shard, long timeMs) {
    Query query =
        Query.newBuilder().setFindMoment(FindMoment.newBuilder().setTimeMs(timeMs)).build();
    return metadata.query(shard, query, LIMIT).map(answer -> answer.getMoment().getPosition());
  }

  private Uni<Bucket> bucket(String name, LogPosition at) {
    Query query =
        Query.newBuilder().setGetBucket(GetBucket.newBuilder().setName(name).setAt(at)).build();
    return metadata.query(MetadataStore.ROOT_SHARD, query, LIMIT).map(answer -> answer.getBucket());
  }
}

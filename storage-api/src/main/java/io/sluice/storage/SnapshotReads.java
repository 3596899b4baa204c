package io.sluice.storage;

import io.sluice.storage.proto.Bucket;
import io.sluice.storage.proto.GetBucket;
import io.sluice.storage.proto.ListBuckets;
import io.sluice.storage.proto.ListSnapshots;
import io.sluice.storage.proto.LogPosition;
import io.sluice.storage.proto.Query;
import io.sluice.storage.proto.RefusalCode;
import io.sluice.storage.proto.ShardPosition;
import io.sluice.storage.proto.SnapshotRow;
import io.smallrye.mutiny.Uni;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Finds snapshots, and buckets as they are in them. Methods return at once and may be called on any
 * thread; results arrive on any. They fail with {@link StorageFailure}.
 */
public final class SnapshotReads {
  private final MetadataStore metadata;
  private final Duration deadline;

  /**
   * @param deadline of one query
   */
  public SnapshotReads(MetadataStore metadata, Duration deadline) {
    this.metadata = metadata;
    this.deadline = deadline;
  }

  /** All snapshots by name; one without positions is being made. */
  public Uni<List<SnapshotRow>> list() {
    Query query = Query.newBuilder().setListSnapshots(ListSnapshots.getDefaultInstance()).build();
    return metadata
        .query(MetadataStore.ROOT_SHARD, query, deadline)
        .map(answer -> answer.getSnapshots().getSnapshotsList());
  }

  /**
   * The snapshot of that name.
   *
   * @return refused with NO_SUCH_SNAPSHOT when there is none, or it is not made yet
   */
  public Uni<SnapshotRow> find(String name) {
    return list().map(all -> named(all, name));
  }

  /**
   * The snapshot of that name among those that were listed.
   *
   * @throws StorageFailure.Refused with NO_SUCH_SNAPSHOT when there is none, or it is not made yet
   */
  public static SnapshotRow named(List<SnapshotRow> all, String name) {
    return all.stream()
        .filter(row -> row.getName().equals(name) && row.getPositionsCount() > 0)
        .findAny()
        .orElseThrow(
            () ->
                StorageFailure.Refused.of(
                    RefusalCode.NO_SUCH_SNAPSHOT, "There is no snapshot " + name + "."));
  }

  /**
   * What a bucket's name stands for in a snapshot, and the position of the snapshot in its shard.
   *
   * @return refused with NO_SUCH_BUCKET when there was none, NO_SUCH_SNAPSHOT when the snapshot
   *     does not hold it, OUTSIDE_HISTORY when the snapshot is being removed
   */
  public Uni<BucketMoment> bucket(SnapshotRow snapshot, String name) {
    if (!snapshot.getBucket().isEmpty() && !snapshot.getBucket().equals(name)) {
      return Uni.createFrom()
          .failure(
              StorageFailure.Refused.of(
                  RefusalCode.NO_SUCH_BUCKET,
                  "Snapshot %s is of bucket %s alone."
                      .formatted(snapshot.getName(), snapshot.getBucket())));
    }
    GetBucket get =
        GetBucket.newBuilder()
            .setName(name)
            .setAt(position(snapshot, MetadataStore.ROOT_SHARD))
            .build();
    return metadata
        .query(MetadataStore.ROOT_SHARD, Query.newBuilder().setGetBucket(get).build(), deadline)
        .map(answer -> answer.getBucket())
        .map(bucket -> new BucketMoment(bucket, position(snapshot, bucket.getShard())));
  }

  /**
   * All buckets of a snapshot, by name.
   *
   * @return refused as {@link #bucket}
   */
  public Uni<List<BucketMoment>> buckets(SnapshotRow snapshot) {
    return snapshot.getBucket().isEmpty()
        ? behind(snapshot, "", List.of())
        : bucket(snapshot, snapshot.getBucket()).map(List::of);
  }

  private Uni<List<BucketMoment>> behind(
      SnapshotRow snapshot, String after, List<BucketMoment> found) {
    ListBuckets list =
        ListBuckets.newBuilder()
            .setAt(position(snapshot, MetadataStore.ROOT_SHARD))
            .setStartAfter(after)
            .build();
    return metadata
        .query(MetadataStore.ROOT_SHARD, Query.newBuilder().setListBuckets(list).build(), deadline)
        .flatMap(
            answer -> {
              List<BucketMoment> all = new ArrayList<>(found);
              for (Bucket each : answer.getBuckets().getBucketsList()) {
                all.add(new BucketMoment(each, position(snapshot, each.getShard())));
              }
              return answer.getBuckets().getTruncated()
                  ? behind(snapshot, all.get(all.size() - 1).bucket().getName(), all)
                  : Uni.createFrom().item(all);
            });
  }

  private static LogPosition position(SnapshotRow snapshot, int shard) {
    return snapshot.getPositionsList().stream()
        .filter(at -> at.getShard() == shard)
        .findAny()
        .map(ShardPosition::getPosition)
        .orElseThrow(
            () ->
                StorageFailure.Refused.of(
                    RefusalCode.NO_SUCH_SNAPSHOT,
                    "Snapshot " + snapshot.getName() + " does not hold that bucket."));
  }
}

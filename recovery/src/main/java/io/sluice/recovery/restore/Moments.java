package io.sluice.recovery.restore;

import io.sluice.storage.BucketMoment;
import io.sluice.storage.MetadataStore;
import io.sluice.storage.SnapshotReads;
import io.sluice.storage.StorageFailure;
import io.sluice.storage.proto.Bucket;
import io.sluice.storage.proto.FindMoment;
import io.sluice.storage.proto.GetBucket;
import io.sluice.storage.proto.GetShardStatus;
import io.sluice.storage.proto.LogPosition;
import io.sluice.storage.proto.Query;
import io.sluice.storage.proto.RefusalCode;
import io.sluice.storage.proto.SnapshotRow;
import io.smallrye.mutiny.Uni;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/**
 * Finds buckets as they were. Methods return at once and may be called on any thread; they are
 * refused with OUTSIDE_HISTORY when what was then is not kept, and with NO_SUCH_BUCKET when there
 * was no such bucket then.
 */
public final class Moments {
  private static final Duration LIMIT = Duration.ofSeconds(10);
  private static final Duration MARGIN_MAX = Duration.ofMinutes(10);
  private static final int MARGIN_PART = 10;

  private final MetadataStore metadata;
  private final Clock clock;

  public Moments(MetadataStore metadata, Clock clock) {
    this.metadata = metadata;
    this.clock = clock;
  }

  /** A bucket as it is in a snapshot. */
  public Uni<BucketMoment> in(SnapshotRow snapshot, String bucket) {
    return new SnapshotReads(metadata, LIMIT).bucket(snapshot, bucket);
  }

  /** All buckets of a snapshot, by name. */
  public Uni<List<BucketMoment>> in(SnapshotRow snapshot) {
    return new SnapshotReads(metadata, LIMIT).buckets(snapshot);
  }

  /**
   * A bucket as it was at a time.
   *
   * @param timeMs milliseconds since 1970, by the clocks of the shards' leaders of then
   */
  public Uni<BucketMoment> at(long timeMs, String bucket) {
    if (timeMs > clock.millis()) {
      return Uni.createFrom()
          .failure(
              StorageFailure.Refused.of(
                  RefusalCode.OUTSIDE_HISTORY, "That moment has not come yet."));
    }
    return requireWindow(timeMs)
        .chain(() -> position(MetadataStore.ROOT_SHARD, timeMs))
        .flatMap(root -> bucket(bucket, root))
        .flatMap(
            found -> position(found.getShard(), timeMs).map(at -> new BucketMoment(found, at)));
  }

  /**
   * Without a window, and near its end, what was then may be gone the next moment, in the middle of
   * a restore.
   */
  private Uni<Void> requireWindow(long timeMs) {
    Query query = Query.newBuilder().setGetShardStatus(GetShardStatus.getDefaultInstance()).build();
    return metadata
        .query(MetadataStore.ROOT_SHARD, query, LIMIT)
        .invoke(answer -> requireWindow(timeMs, answer.getStatus().getHistoryWindowMs()))
        .replaceWithVoid();
  }

  private void requireWindow(long timeMs, long windowMs) {
    if (windowMs == 0) {
      throw StorageFailure.Refused.of(
          RefusalCode.OUTSIDE_HISTORY,
          "There is no history window, so only snapshots can be gone back to.");
    }
    long marginMs = Math.min(MARGIN_MAX.toMillis(), windowMs / MARGIN_PART);
    long earliestMs = clock.millis() - windowMs + marginMs;
    if (timeMs < earliestMs) {
      throw StorageFailure.Refused.of(
          RefusalCode.OUTSIDE_HISTORY,
          "That moment lies before the history window, or so near its end that it would be gone in"
              + " the middle of a restore; the earliest is "
              + Instant.ofEpochMilli(earliestMs)
              + '.');
    }
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

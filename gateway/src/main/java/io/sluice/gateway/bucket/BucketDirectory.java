package io.sluice.gateway.bucket;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.sluice.gateway.call.BucketView;
import io.sluice.s3.S3ErrorCode;
import io.sluice.s3.S3Exception;
import io.sluice.storage.MetadataStore;
import io.sluice.storage.SnapshotReads;
import io.sluice.storage.SnapshotViewName;
import io.sluice.storage.StorageFailure;
import io.sluice.storage.proto.GetBucket;
import io.sluice.storage.proto.Query;
import io.sluice.storage.proto.RefusalCode;
import io.smallrye.mutiny.Uni;
import java.time.Duration;
import java.util.Set;

/**
 * Finds buckets by name in shard 0, and remembers them for a short while. What it remembers may be
 * out of date: a bucket's shard refuses the id of a bucket that is gone, and a moment that no
 * snapshot keeps any more, so that a stale entry costs a second look and never a misplaced write.
 * Safe for all threads.
 *
 * <p>A name that no bucket has may be that of a bucket in a snapshot, {@link SnapshotViewName}. A
 * bucket that is called so, made by a version that knew no snapshots, comes first: it holds what is
 * nowhere else. What such a name stands for, or that it stands for nothing, is remembered for a
 * second only: a snapshot that was removed can be read for as long as the history that it pinned is
 * there, and one made anew under its name would be taken for it.
 */
public final class BucketDirectory {
  private static final long BUCKETS_MAX = 20_000;
  private static final long VIEWS_MAX = 1_000;
  private static final long ABSENT_MAX = 10_000;
  private static final Duration REMEMBERED = Duration.ofSeconds(5);

  /** Any name that ends like a view's, from anybody, would cost a listing of all snapshots. */
  private static final Duration VIEWS_REMEMBERED = Duration.ofSeconds(1);

  private static final Set<RefusalCode> GONE =
      Set.of(RefusalCode.NO_SUCH_BUCKET, RefusalCode.NO_SUCH_SNAPSHOT, RefusalCode.OUTSIDE_HISTORY);

  private final MetadataStore metadata;
  private final Duration deadline;
  private final SnapshotReads snapshots;
  private final SnapshotListing listing;
  private final Cache<String, BucketView> known = cache(BUCKETS_MAX, REMEMBERED);
  private final Cache<String, BucketView> views = cache(VIEWS_MAX, VIEWS_REMEMBERED);

  // Apart, so that a stranger who guesses names pushes out none that is there.
  private final Cache<String, Boolean> absentViews = cache(ABSENT_MAX, VIEWS_REMEMBERED);

  /**
   * @param deadline of one query
   */
  public BucketDirectory(MetadataStore metadata, Duration deadline) {
    this.metadata = metadata;
    this.deadline = deadline;
    this.snapshots = new SnapshotReads(metadata, deadline);
    this.listing = new SnapshotListing(snapshots);
  }

  private static <T> Cache<String, T> cache(long entriesMax, Duration remembered) {
    return Caffeine.newBuilder().maximumSize(entriesMax).expireAfterWrite(remembered).build();
  }

  /**
   * The bucket of that name, or that of a snapshot.
   *
   * @return fails with {@link S3Exception} {@code NoSuchBucket}; may complete on any thread
   */
  public Uni<BucketView> find(String name) {
    BucketView remembered = known.getIfPresent(name);
    if (remembered != null) {
      return Uni.createFrom().item(remembered);
    }
    SnapshotViewName view = SnapshotViewName.parse(name);
    return (view == null ? ofNow(name) : ofNowOrThen(name, view))
        .onFailure(BucketDirectory::isGone)
        .transform(absent -> noSuchBucket(name));
  }

  private Uni<BucketView> ofNowOrThen(String name, SnapshotViewName view) {
    BucketView remembered = views.getIfPresent(name);
    if (remembered != null) {
      return Uni.createFrom().item(remembered);
    }
    if (absentViews.getIfPresent(name) != null) {
      return Uni.createFrom().failure(noSuchBucket(name));
    }
    return ofNow(name)
        .onFailure(BucketDirectory::isGone)
        .recoverWithUni(() -> ofSnapshot(name, view))
        .onFailure(BucketDirectory::isGone)
        .invoke(absent -> absentViews.put(name, true));
  }

  private Uni<BucketView> ofNow(String name) {
    Query query = Query.newBuilder().setGetBucket(GetBucket.newBuilder().setName(name)).build();
    return metadata
        .query(MetadataStore.ROOT_SHARD, query, deadline)
        .map(
            answer -> {
              BucketView found = BucketView.now(answer.getBucket());
              known.put(name, found);
              return found;
            });
  }

  private Uni<BucketView> ofSnapshot(String name, SnapshotViewName view) {
    return listing
        .list()
        .map(all -> SnapshotReads.named(all, view.snapshot()))
        .chain(snapshot -> snapshots.bucket(snapshot, view.bucket()))
        .map(
            then -> {
              BucketView found = new BucketView(name, then.bucket(), then.at());
              views.put(name, found);
              return found;
            });
  }

  /** Forgets a name, because it was found to be out of date or is about to be. */
  public void forget(String name) {
    known.invalidate(name);
    views.invalidate(name);
    absentViews.invalidate(name);
  }

  static boolean isNoSuchBucket(Throwable failure) {
    return failure instanceof StorageFailure.Refused refused
        && refused.code() == RefusalCode.NO_SUCH_BUCKET;
  }

  /** Whether that is said when a bucket, or the snapshot of it, is gone. */
  static boolean isGone(Throwable failure) {
    return failure instanceof StorageFailure.Refused refused && GONE.contains(refused.code());
  }

  static S3Exception noSuchBucket(String name) {
    return new S3Exception(S3ErrorCode.NO_SUCH_BUCKET).with("BucketName", name);
  }
}

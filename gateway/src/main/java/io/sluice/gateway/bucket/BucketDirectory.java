package io.sluice.gateway.bucket;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.sluice.s3.S3ErrorCode;
import io.sluice.s3.S3Exception;
import io.sluice.storage.MetadataStore;
import io.sluice.storage.StorageFailure;
import io.sluice.storage.proto.Bucket;
import io.sluice.storage.proto.GetBucket;
import io.sluice.storage.proto.Query;
import io.sluice.storage.proto.RefusalCode;
import io.smallrye.mutiny.Uni;
import java.time.Duration;

/**
 * Finds buckets by name in shard 0, and remembers them for a short while. What it remembers may be
 * out of date: a bucket's shard refuses the id of a bucket that is gone, so that a stale entry
 * costs a second look and never a misplaced write. Safe for all threads.
 */
public final class BucketDirectory {
  private static final long BUCKETS_MAX = 20_000;
  private static final Duration REMEMBERED = Duration.ofSeconds(5);

  private final MetadataStore metadata;
  private final Duration deadline;
  private final Cache<String, Bucket> known =
      Caffeine.newBuilder().maximumSize(BUCKETS_MAX).expireAfterWrite(REMEMBERED).build();

  /**
   * @param deadline of one query
   */
  public BucketDirectory(MetadataStore metadata, Duration deadline) {
    this.metadata = metadata;
    this.deadline = deadline;
  }

  /**
   * The bucket of that name.
   *
   * @return fails with {@link S3Exception} {@code NoSuchBucket}; may complete on any thread
   */
  public Uni<Bucket> find(String name) {
    Bucket remembered = known.getIfPresent(name);
    if (remembered != null) {
      return Uni.createFrom().item(remembered);
    }
    Query query = Query.newBuilder().setGetBucket(GetBucket.newBuilder().setName(name)).build();
    return metadata
        .query(MetadataStore.ROOT_SHARD, query, deadline)
        .map(
            answer -> {
              known.put(name, answer.getBucket());
              return answer.getBucket();
            })
        .onFailure(BucketDirectory::isNoSuchBucket)
        .transform(absent -> noSuchBucket(name));
  }

  /** Forgets a name, because it was found to be out of date or is about to be. */
  public void forget(String name) {
    known.invalidate(name);
  }

  static boolean isNoSuchBucket(Throwable failure) {
    return failure instanceof StorageFailure.Refused refused
        && refused.code() == RefusalCode.NO_SUCH_BUCKET;
  }

  static S3Exception noSuchBucket(String name) {
    return new S3Exception(S3ErrorCode.NO_SUCH_BUCKET).with("BucketName", name);
  }
}

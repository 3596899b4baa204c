package io.sluice.gateway.call;

import io.sluice.s3.S3ErrorCode;
import io.sluice.s3.S3Exception;
import io.sluice.s3.S3Operation;
import io.sluice.storage.proto.Bucket;
import io.sluice.storage.proto.LogPosition;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A bucket as a request sees it: as it is now, or as it is in a snapshot, which can only be read.
 *
 * @param name what the request calls it
 * @param bucket what that stands for; of a snapshot, what it stood for then
 * @param at the snapshot's position in the bucket's shard; null: now
 */
public record BucketView(String name, Bucket bucket, @Nullable LogPosition at) {
  /** What changes nothing. Everything else, and whatever is added to it later, is refused. */
  private static final Set<S3Operation> READS =
      Collections.unmodifiableSet(
          EnumSet.of(
              S3Operation.LIST_BUCKETS,
              S3Operation.HEAD_BUCKET,
              S3Operation.GET_BUCKET_LOCATION,
              S3Operation.GET_BUCKET_REPLICATION,
              S3Operation.LIST_OBJECTS,
              S3Operation.LIST_OBJECTS_V2,
              S3Operation.LIST_OBJECT_VERSIONS,
              S3Operation.LIST_MULTIPART_UPLOADS,
              S3Operation.LIST_PARTS,
              S3Operation.GET_OBJECT,
              S3Operation.HEAD_OBJECT,
              S3Operation.GET_OBJECT_ATTRIBUTES,
              S3Operation.GET_OBJECT_TAGGING));

  /** A bucket as it is now. */
  public static BucketView now(Bucket bucket) {
    return new BucketView(bucket.getName(), bucket, null);
  }

  /** Whether an operation certainly changes nothing. */
  public static boolean isRead(S3Operation operation) {
    return READS.contains(operation);
  }

  /** The id of the bucket, for commands and queries. */
  public long id() {
    return bucket.getId();
  }

  /** The shard of the bucket's objects. */
  public int shard() {
    return bucket.getShard();
  }

  /** Whether the two are the same bucket at the same moment. */
  public boolean isSame(BucketView other) {
    return id() == other.id() && Objects.equals(at, other.at);
  }

  /**
   * Returns unless it is a snapshot and the operation is more than reading.
   *
   * @throws S3Exception AccessDenied
   */
  public void requireAllows(S3Operation operation) {
    if (at != null && !isRead(operation)) {
      throw new S3Exception(
              S3ErrorCode.ACCESS_DENIED, name + " is a snapshot: it can be read and not changed.")
          .with("BucketName", name);
    }
  }
}

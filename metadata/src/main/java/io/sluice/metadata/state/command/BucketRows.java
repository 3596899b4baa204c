package io.sluice.metadata.state.command;

import com.google.protobuf.ByteString;
import io.sluice.metadata.state.row.Family;
import io.sluice.metadata.state.row.KeyCodec;
import io.sluice.metadata.state.row.Rows;
import io.sluice.metadata.state.row.Transaction;
import io.sluice.storage.FormatRange;
import io.sluice.storage.proto.Bucket;
import io.sluice.storage.proto.Change;
import io.sluice.storage.proto.RefusalCode;
import io.sluice.storage.proto.RowKind;
import org.jspecify.annotations.Nullable;

/** The rows of shard 0 about buckets. */
final class BucketRows {
  private static final byte[] NO_VALUE = {};

  private BucketRows() {}

  static @Nullable Bucket find(Rows rows, String name) {
    return rows.get(Family.BUCKETS, KeyCodec.bucketByName(name), Bucket.parser());
  }

  /** The bucket of that name, refused unless it has that id. */
  static Bucket require(Rows rows, String name, long id) throws RefusedException {
    Bucket bucket = find(rows, name);
    if (bucket == null || bucket.getId() != id) {
      throw new RefusedException(RefusalCode.NO_SUCH_BUCKET, "The specified bucket does not exist");
    }
    return bucket;
  }

  static void put(ApplyContext context, Bucket bucket) {
    Transaction rows = context.rows();
    String name = bucket.getName();
    endCurrent(context, name);
    recordChange(context, Change.Kind.PUT, name);
    rows.put(
        Family.BUCKETS,
        KeyCodec.bucketByName(name),
        context.isActive(FormatRange.HISTORY)
            ? bucket.toBuilder().setChanged(context.position()).build()
            : bucket);
    rows.put(Family.BUCKETS, KeyCodec.bucketByOwner(bucket.getOwner(), name), NO_VALUE);
    if (bucket.getDeleting()) {
      rows.put(Family.BUCKETS, KeyCodec.deletingBucket(name), NO_VALUE);
    } else {
      rows.delete(Family.BUCKETS, KeyCodec.deletingBucket(name));
    }
  }

  static void remove(ApplyContext context, Bucket bucket) {
    Transaction rows = context.rows();
    String name = bucket.getName();
    endCurrent(context, name);
    recordChange(context, Change.Kind.DELETE, name);
    rows.delete(Family.BUCKETS, KeyCodec.bucketByName(name));
    rows.delete(Family.BUCKETS, KeyCodec.bucketByOwner(bucket.getOwner(), name));
    rows.delete(Family.BUCKETS, KeyCodec.deletingBucket(name));
  }

  private static void recordChange(ApplyContext context, Change.Kind kind, String name) {
    if (context.isActive(FormatRange.HISTORY)) {
      context.recordChange(kind, RowKind.BUCKET_ROW, ByteString.copyFromUtf8(name));
    }
  }

  private static void endCurrent(ApplyContext context, String name) {
    Bucket current = find(context.rows(), name);
    if (current != null) {
      new History(context).end(current);
    }
  }
}

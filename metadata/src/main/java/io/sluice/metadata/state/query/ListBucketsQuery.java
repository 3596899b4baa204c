package io.sluice.metadata.state.query;

import io.sluice.metadata.state.row.Family;
import io.sluice.metadata.state.row.KeyCodec;
import io.sluice.metadata.state.row.Past;
import io.sluice.metadata.state.row.RowCursor;
import io.sluice.metadata.state.row.Rows;
import io.sluice.storage.proto.Answer;
import io.sluice.storage.proto.Bucket;
import io.sluice.storage.proto.BucketPage;
import io.sluice.storage.proto.ListBuckets;
import io.sluice.storage.proto.RefusalCode;
import org.jspecify.annotations.Nullable;

/** Buckets by name, of one owner or of all. */
record ListBucketsQuery(ListBuckets query) implements ShardQuery {
  private static final int BUCKETS_MAX = 10_000;

  @Override
  public Answer answer(Rows rows) {
    int max = query.getMax() == 0 ? BUCKETS_MAX : Math.min(query.getMax(), BUCKETS_MAX);
    return query.hasAt() ? answerAt(Past.of(rows, query.getAt()), max) : answerNow(rows, max);
  }

  private Answer answerAt(Past past, int max) {
    Answer refusal = ShardQuery.refusal(past);
    if (refusal != null) {
      return refusal;
    }
    if (!query.getOwner().isEmpty()) {
      return ShardQuery.refused(
          RefusalCode.INVALID_ARGUMENT, "Buckets of the past are listed for all owners.");
    }
    BucketPage.Builder page = BucketPage.newBuilder();
    for (String name : past.bucketNames(query.getPrefix(), query.getStartAfter())) {
      Bucket bucket = past.bucket(name);
      if (bucket != null && page.getBucketsCount() == max) {
        page.setTruncated(true);
        break;
      }
      if (bucket != null) {
        page.addBuckets(listed(bucket));
      }
    }
    return Answer.newBuilder().setBuckets(page).build();
  }

  /** Without what may be long. */
  private static Bucket listed(Bucket bucket) {
    return bucket.hasReplication() ? bucket.toBuilder().clearReplication().build() : bucket;
  }

  private Answer answerNow(Rows rows, int max) {
    BucketPage.Builder page = BucketPage.newBuilder();
    try (RowCursor cursor = rows.scanPrefix(Family.BUCKETS, key(query.getPrefix()))) {
      if (!query.getStartAfter().isEmpty()) {
        // No name holds NUL: this is the first key after the name's.
        cursor.seek(key(query.getStartAfter() + '\0'));
      }
      for (; cursor.isValid(); cursor.next()) {
        if (page.getBucketsCount() == max) {
          page.setTruncated(true);
          break;
        }
        Bucket bucket = bucket(rows, cursor);
        if (bucket != null) {
          page.addBuckets(listed(bucket));
        }
      }
    }
    return Answer.newBuilder().setBuckets(page).build();
  }

  private byte[] key(String name) {
    return query.getOwner().isEmpty()
        ? KeyCodec.bucketByName(name)
        : KeyCodec.bucketByOwner(query.getOwner(), name);
  }

  private @Nullable Bucket bucket(Rows rows, RowCursor cursor) {
    if (query.getOwner().isEmpty()) {
      return Rows.parse(Bucket.parser(), cursor.value());
    }
    return rows.get(
        Family.BUCKETS, KeyCodec.bucketByName(KeyCodec.nameIn(cursor.key())), Bucket.parser());
  }
}

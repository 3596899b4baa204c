package io.sluice.metadata.state.query;

import io.sluice.metadata.state.row.Family;
import io.sluice.metadata.state.row.KeyCodec;
import io.sluice.metadata.state.row.RowCursor;
import io.sluice.metadata.state.row.Rows;
import io.sluice.storage.proto.Answer;
import io.sluice.storage.proto.Bucket;
import io.sluice.storage.proto.BucketPage;

/** Buckets whose deletion was begun: the leader finishes it. The first thousand. */
record ListDeletingBucketsQuery() implements ShardQuery {
  private static final int BUCKETS_MAX = 1000;

  @Override
  public Answer answer(Rows rows) {
    BucketPage.Builder page = BucketPage.newBuilder();
    try (RowCursor cursor = rows.scanPrefix(Family.BUCKETS, KeyCodec.deletingBucket(""))) {
      for (; cursor.isValid(); cursor.next()) {
        if (page.getBucketsCount() == BUCKETS_MAX) {
          page.setTruncated(true);
          break;
        }
        String name = KeyCodec.nameIn(cursor.key());
        Bucket bucket = rows.get(Family.BUCKETS, KeyCodec.bucketByName(name), Bucket.parser());
        if (bucket != null) {
          page.addBuckets(bucket);
        }
      }
    }
    return Answer.newBuilder().setBuckets(page).build();
  }
}

package io.sluice.metadata.state.query;

import io.sluice.metadata.state.row.Family;
import io.sluice.metadata.state.row.KeyCodec;
import io.sluice.metadata.state.row.Past;
import io.sluice.metadata.state.row.Rows;
import io.sluice.storage.proto.Answer;
import io.sluice.storage.proto.Bucket;
import io.sluice.storage.proto.GetBucket;
import io.sluice.storage.proto.RefusalCode;

/** What a bucket's name stands for. A bucket that is being deleted is given, and says so. */
record GetBucketQuery(GetBucket query) implements ShardQuery {
  @Override
  public Answer answer(Rows rows) {
    Past past = query.hasAt() ? Past.of(rows, query.getAt()) : null;
    Answer refusal = past == null ? null : ShardQuery.refusal(past);
    if (refusal != null) {
      return refusal;
    }
    Bucket bucket =
        past == null
            ? rows.get(Family.BUCKETS, KeyCodec.bucketByName(query.getName()), Bucket.parser())
            : past.bucket(query.getName());
    if (bucket == null) {
      return ShardQuery.refused(RefusalCode.NO_SUCH_BUCKET, "The specified bucket does not exist");
    }
    return Answer.newBuilder().setBucket(bucket).build();
  }

  @Override
  public boolean isPointLookup() {
    return !query.hasAt();
  }
}

package io.sluice.gateway.handler;

import io.sluice.gateway.call.AnsweringHandler;
import io.sluice.gateway.call.BucketView;
import io.sluice.gateway.call.S3Call;
import io.sluice.gateway.record.ReplicationRecords;
import io.sluice.s3.S3ErrorCode;
import io.sluice.s3.S3Exception;
import io.sluice.s3.S3Operation;
import io.sluice.s3.S3Response;
import io.sluice.s3.op.GetBucketReplicationOutput;
import io.sluice.storage.MetadataStore;
import io.sluice.storage.proto.Bucket;
import io.sluice.storage.proto.GetBucket;
import io.sluice.storage.proto.Query;
import io.smallrye.mutiny.Uni;

/** GetBucketReplication: as it is now, or was in a snapshot. */
final class GetBucketReplicationHandler implements AnsweringHandler {
  private final HandlerContext context;

  GetBucketReplicationHandler(HandlerContext context) {
    this.context = context;
  }

  @Override
  public S3Operation operation() {
    return S3Operation.GET_BUCKET_REPLICATION;
  }

  @Override
  public Uni<S3Response> answer(S3Call call) {
    BucketView view = call.requireView();
    Uni<Bucket> bucket = view.at() == null ? now(view) : Uni.createFrom().item(view.bucket());
    return bucket.map(GetBucketReplicationHandler::output);
  }

  /** Another gateway may have changed it since the bucket was looked up. */
  private Uni<Bucket> now(BucketView view) {
    Query query =
        Query.newBuilder().setGetBucket(GetBucket.newBuilder().setName(view.name())).build();
    return context
        .metadata()
        .query(MetadataStore.ROOT_SHARD, query, context.metadataDeadline())
        .map(answer -> requireSame(answer.getBucket(), view));
  }

  /** Whoever asks again finds the one that has the name now, if it is theirs. */
  private Bucket requireSame(Bucket now, BucketView view) {
    if (now.getId() != view.id()) {
      context.directory().forget(view.name());
      throw new S3Exception(S3ErrorCode.NO_SUCH_BUCKET).with("BucketName", view.name());
    }
    return now;
  }

  private static S3Response output(Bucket bucket) {
    if (!bucket.hasReplication()) {
      throw new S3Exception(S3ErrorCode.REPLICATION_CONFIGURATION_NOT_FOUND_ERROR)
          .with("BucketName", bucket.getName());
    }
    return new GetBucketReplicationOutput(ReplicationRecords.configuration(bucket.getReplication()))
        .encode();
  }
}

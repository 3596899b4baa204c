package io.sluice.gateway.handler;

import io.sluice.gateway.call.AnsweringHandler;
import io.sluice.gateway.call.BufferedBody;
import io.sluice.gateway.call.S3Call;
import io.sluice.gateway.record.ReplicationRecords;
import io.sluice.gateway.replication.ReplicationEndpoints;
import io.sluice.s3.S3Operation;
import io.sluice.s3.S3Response;
import io.sluice.s3.op.PutBucketReplicationInput;
import io.sluice.storage.FormatRange;
import io.sluice.storage.MetadataStore;
import io.sluice.storage.proto.Bucket;
import io.sluice.storage.proto.Command;
import io.sluice.storage.proto.GetShardStatus;
import io.sluice.storage.proto.LogPosition;
import io.sluice.storage.proto.PutBucketReplication;
import io.sluice.storage.proto.Query;
import io.sluice.storage.proto.ReplicationConfiguration;
import io.smallrye.mutiny.Uni;

/**
 * PutBucketReplication. What was acknowledged before it came is not replicated, unless a rule says
 * so; what is written after it was answered is: the position of the bucket's shard, read in
 * between, is where a new rule begins.
 *
 * @see <a
 *     href="https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketReplication.html">PutBucketReplication</a>
 */
final class PutBucketReplicationHandler implements AnsweringHandler {
  private final HandlerContext context;

  PutBucketReplicationHandler(HandlerContext context) {
    this.context = context;
  }

  @Override
  public S3Operation operation() {
    return S3Operation.PUT_BUCKET_REPLICATION;
  }

  @Override
  public Uni<S3Response> answer(S3Call call) {
    Bucket bucket = call.requireBucket();
    return BufferedBody.decode(
            call, body -> PutBucketReplicationInput.decode(call.route(), call.head(), body))
        .chain(input -> resolved(input, bucket))
        .chain(configuration -> put(bucket, configuration))
        .eventually(
            () -> {
              context.directory().forget(bucket.getName());
              context.replication().forget();
            })
        .replaceWith(S3Response.of(200));
  }

  private Uni<ReplicationConfiguration> resolved(PutBucketReplicationInput input, Bucket bucket) {
    return context
        .replication()
        .fresh()
        .map(page -> new ReplicationEndpoints(page.getMirrorsList(), bucket.getId()))
        .map(endpoints -> ReplicationRecords.record(input.configuration(), endpoints::resolve));
  }

  private Uni<Void> put(Bucket bucket, ReplicationConfiguration configuration) {
    return position(bucket)
        .map(
            since ->
                PutBucketReplication.newBuilder()
                    .setBucketId(bucket.getId())
                    .setName(bucket.getName())
                    .setConfiguration(configuration)
                    .setSince(since)
                    .build())
        .map(
            put ->
                Command.newBuilder()
                    .setFormat(FormatRange.HISTORY)
                    .setPutBucketReplication(put)
                    .build())
        .chain(
            command ->
                context
                    .metadata()
                    .submit(MetadataStore.ROOT_SHARD, command, context.metadataDeadline()))
        .replaceWithVoid();
  }

  private Uni<LogPosition> position(Bucket bucket) {
    Query query = Query.newBuilder().setGetShardStatus(GetShardStatus.getDefaultInstance()).build();
    return context
        .metadata()
        .query(bucket.getShard(), query, context.metadataDeadline())
        .map(answer -> answer.getStatus().getApplied());
  }
}

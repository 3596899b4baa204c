package io.sluice.gateway.handler;

import io.sluice.gateway.call.AnsweringHandler;
import io.sluice.gateway.call.S3Call;
import io.sluice.s3.S3Operation;
import io.sluice.s3.S3Response;
import io.sluice.storage.FormatRange;
import io.sluice.storage.MetadataStore;
import io.sluice.storage.proto.Bucket;
import io.sluice.storage.proto.Command;
import io.sluice.storage.proto.PutBucketReplication;
import io.smallrye.mutiny.Uni;

/** DeleteBucketReplication: what was sent stays where it is. */
final class DeleteBucketReplicationHandler implements AnsweringHandler {
  private final HandlerContext context;

  DeleteBucketReplicationHandler(HandlerContext context) {
    this.context = context;
  }

  @Override
  public S3Operation operation() {
    return S3Operation.DELETE_BUCKET_REPLICATION;
  }

  @Override
  public Uni<S3Response> answer(S3Call call) {
    Bucket bucket = call.requireBucket();
    PutBucketReplication none =
        PutBucketReplication.newBuilder()
            .setBucketId(bucket.getId())
            .setName(bucket.getName())
            .build();
    Command command =
        Command.newBuilder().setFormat(FormatRange.HISTORY).setPutBucketReplication(none).build();
    return context
        .metadata()
        .submit(MetadataStore.ROOT_SHARD, command, context.metadataDeadline())
        .eventually(
            () -> {
              context.directory().forget(bucket.getName());
              context.replication().forget();
            })
        .replaceWith(S3Response.of(204));
  }
}

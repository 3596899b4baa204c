package io.sluice.gateway.handler;

import io.sluice.gateway.call.AnsweringHandler;
import io.sluice.gateway.call.S3Call;
import io.sluice.s3.S3Operation;
import io.sluice.s3.S3Response;
import io.sluice.s3.op.DeleteBucketInput;
import io.sluice.s3.op.DeleteBucketOutput;
import io.sluice.storage.MetadataStore;
import io.sluice.storage.StorageFailure;
import io.sluice.storage.proto.Bucket;
import io.sluice.storage.proto.Command;
import io.sluice.storage.proto.MarkBucketDeleting;
import io.sluice.storage.proto.Outcome;
import io.sluice.storage.proto.RefusalCode;
import io.sluice.storage.proto.RemoveBucket;
import io.sluice.storage.proto.SealBucket;
import io.sluice.storage.proto.UnmarkBucketDeleting;
import io.smallrye.mutiny.Uni;

/**
 * DeleteBucket, in three steps over two shards: the name is marked in shard 0; the bucket's own
 * shard seals its id, if it is empty, so that no write can follow; the name is removed. Should this
 * gateway die in between, the leader of shard 0 finds the mark and goes on. A bucket that turns out
 * not to be empty loses its mark again.
 */
final class DeleteBucketHandler implements AnsweringHandler {
  private final HandlerContext context;

  DeleteBucketHandler(HandlerContext context) {
    this.context = context;
  }

  @Override
  public S3Operation operation() {
    return S3Operation.DELETE_BUCKET;
  }

  @Override
  public Uni<S3Response> answer(S3Call call) {
    DeleteBucketInput input = DeleteBucketInput.decode(call.route(), call.head());
    Bucket bucket = call.requireBucket();
    context.directory().forget(input.bucket());
    return mark(bucket)
        .chain(marked -> seal(bucket))
        .chain(closed -> remove(bucket))
        // Another attempt found the bucket not empty yet, and took the mark away since.
        .onFailure(failure -> isRefusal(failure, RefusalCode.CONFLICT))
        .recoverWithUni(() -> mark(bucket).chain(marked -> remove(bucket)))
        .eventually(() -> context.directory().forget(input.bucket()))
        .map(removed -> new DeleteBucketOutput().encode());
  }

  private Uni<Outcome> mark(Bucket bucket) {
    MarkBucketDeleting mark =
        MarkBucketDeleting.newBuilder()
            .setBucketId(bucket.getId())
            .setName(bucket.getName())
            .build();
    return submit(
        MetadataStore.ROOT_SHARD, Command.newBuilder().setMarkBucketDeleting(mark).build());
  }

  /**
   * Whoever was here before has done the same, so a sealed bucket is as good as one just sealed.
   */
  private Uni<Outcome> seal(Bucket bucket) {
    SealBucket seal = SealBucket.newBuilder().setBucketId(bucket.getId()).build();
    return submit(bucket.getShard(), Command.newBuilder().setSealBucket(seal).build())
        .onFailure(failure -> isRefusal(failure, RefusalCode.NO_SUCH_BUCKET))
        .recoverWithItem(Outcome.getDefaultInstance())
        .onFailure(DeleteBucketHandler::changedNothing)
        .recoverWithUni(failure -> unmark(bucket, failure));
  }

  private Uni<Outcome> unmark(Bucket bucket, Throwable why) {
    UnmarkBucketDeleting unmark =
        UnmarkBucketDeleting.newBuilder()
            .setBucketId(bucket.getId())
            .setName(bucket.getName())
            .build();
    // If it fails the mark stays, and the leader of shard 0 takes it away.
    return submit(
            MetadataStore.ROOT_SHARD, Command.newBuilder().setUnmarkBucketDeleting(unmark).build())
        .onItemOrFailure()
        .transformToUni((done, failure) -> Uni.createFrom().failure(why));
  }

  private Uni<Outcome> remove(Bucket bucket) {
    RemoveBucket remove =
        RemoveBucket.newBuilder().setBucketId(bucket.getId()).setName(bucket.getName()).build();
    return submit(MetadataStore.ROOT_SHARD, Command.newBuilder().setRemoveBucket(remove).build())
        .onFailure(failure -> isRefusal(failure, RefusalCode.NO_SUCH_BUCKET))
        .recoverWithItem(Outcome.getDefaultInstance());
  }

  private Uni<Outcome> submit(int shard, Command command) {
    return context.metadata().submit(shard, command, context.metadataDeadline());
  }

  /** Of what is unknown the mark stays: the bucket may be sealed. */
  private static boolean changedNothing(Throwable failure) {
    return failure instanceof StorageFailure.Refused
        || failure instanceof StorageFailure.Unavailable;
  }

  private static boolean isRefusal(Throwable failure, RefusalCode code) {
    return failure instanceof StorageFailure.Refused refused && refused.code() == code;
  }
}

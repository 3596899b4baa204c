package io.sluice.metadata.state.command;

import io.sluice.storage.proto.Bucket;
import io.sluice.storage.proto.MarkBucketDeleting;
import io.sluice.storage.proto.Outcome;

/** The first step of deleting a bucket; done again, it does nothing. */
record MarkBucketDeletingCommand(MarkBucketDeleting command) implements ShardCommand {
  @Override
  public Outcome.Builder apply(ApplyContext context) throws RefusedException {
    Bucket bucket = BucketRows.require(context.rows(), command.getName(), command.getBucketId());
    BucketRows.put(context, bucket.toBuilder().setDeleting(true).build());
    return ApplyContext.done();
  }
}

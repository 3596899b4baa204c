package io.sluice.metadata.state.command;

import io.sluice.storage.proto.Bucket;
import io.sluice.storage.proto.Outcome;
import io.sluice.storage.proto.UnmarkBucketDeleting;

/** Takes back the mark, when the bucket turned out not to be empty. */
record UnmarkBucketDeletingCommand(UnmarkBucketDeleting command) implements ShardCommand {
  @Override
  public Outcome.Builder apply(ApplyContext context) throws RefusedException {
    Bucket bucket = BucketRows.require(context.rows(), command.getName(), command.getBucketId());
    BucketRows.put(context, bucket.toBuilder().setDeleting(false).build());
    return ApplyContext.done();
  }
}

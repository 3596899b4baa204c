package io.sluice.metadata.state.command;

import io.sluice.storage.proto.Bucket;
import io.sluice.storage.proto.Outcome;
import io.sluice.storage.proto.RefusalCode;
import io.sluice.storage.proto.RemoveBucket;

/** The last step of deleting a bucket: its name is free again. Only after the mark. */
record RemoveBucketCommand(RemoveBucket command) implements ShardCommand {
  @Override
  public Outcome.Builder apply(ApplyContext context) throws RefusedException {
    Bucket bucket = BucketRows.require(context.rows(), command.getName(), command.getBucketId());
    if (!bucket.getDeleting()) {
      throw new RefusedException(RefusalCode.CONFLICT, "The bucket is not being deleted.");
    }
    BucketRows.remove(context, bucket);
    Replications.follow(context, bucket.toBuilder().clearReplication().build(), null);
    return ApplyContext.done();
  }
}

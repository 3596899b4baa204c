package io.sluice.metadata.state.command;

import io.sluice.metadata.state.row.Family;
import io.sluice.metadata.state.row.KeyCodec;
import io.sluice.storage.proto.Bucket;
import io.sluice.storage.proto.CreateBucket;
import io.sluice.storage.proto.LogPosition;
import io.sluice.storage.proto.Outcome;
import io.sluice.storage.proto.RefusalCode;

/**
 * Gives a name to a new bucket. Its id comes from the position in the log, so it is never reused.
 */
record CreateBucketCommand(CreateBucket command) implements ShardCommand {
  private static final int INDEX_BITS = 48;

  @Override
  public Outcome.Builder apply(ApplyContext context) throws RefusedException {
    Bucket existing = BucketRows.find(context.rows(), command.getName());
    if (existing != null) {
      throw taken(existing);
    }
    requireOwner(context);
    Bucket bucket =
        Bucket.newBuilder()
            .setId(id(context.position()))
            .setName(command.getName())
            .setOwner(command.getOwner())
            .setShard(command.getShard())
            .setRegion(command.getRegion())
            .setCreatedMs(context.nowMs())
            .build();
    BucketRows.put(context, bucket);
    return Outcome.newBuilder().setBucket(bucket);
  }

  /** An account that was removed while its request was under way would own a bucket for ever. */
  private void requireOwner(ApplyContext context) throws RefusedException {
    if (command.getOwnerIsAccount()
        && context.rows().get(Family.ACCOUNTS, KeyCodec.accountById(command.getOwner())) == null) {
      throw new RefusedException(RefusalCode.NO_SUCH_ACCOUNT, "There is no such account.");
    }
  }

  private RefusedException taken(Bucket existing) {
    if (existing.getDeleting()) {
      return new RefusedException(
          RefusalCode.CONFLICT,
          "A conflicting conditional operation is currently in progress against this resource."
              + " Please try again.");
    }
    if (existing.getOwner().equals(command.getOwner())) {
      return new RefusedException(
          RefusalCode.BUCKET_OWNED_BY_YOU,
          "Your previous request to create the named bucket succeeded and you already own it.");
    }
    return new RefusedException(
        RefusalCode.BUCKET_EXISTS,
        "The requested bucket name is not available. The bucket namespace is shared by all users of"
            + " the system. Please select a different name and try again.");
  }

  private static long id(LogPosition position) {
    if (position.getIndex() >>> INDEX_BITS != 0) {
      throw new IllegalStateException("log index " + position.getIndex());
    }
    return ((long) position.getEpoch() << INDEX_BITS) | position.getIndex();
  }
}

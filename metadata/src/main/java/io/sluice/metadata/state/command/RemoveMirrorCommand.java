package io.sluice.metadata.state.command;

import io.sluice.metadata.state.row.Family;
import io.sluice.metadata.state.row.KeyCodec;
import io.sluice.storage.FormatRange;
import io.sluice.storage.proto.Bucket;
import io.sluice.storage.proto.MirrorRecord;
import io.sluice.storage.proto.Outcome;
import io.sluice.storage.proto.RefusalCode;
import io.sluice.storage.proto.RemoveMirror;

/**
 * Forgets a mirror. What lies there stays, and whoever mirrors is told when it next says how far.
 */
record RemoveMirrorCommand(RemoveMirror command) implements ShardCommand {
  @Override
  public Outcome.Builder apply(ApplyContext context) throws RefusedException {
    context.requireActive(FormatRange.HISTORY);
    MirrorRecord mirror = Mirrors.require(context.rows(), command.getName());
    if (mirror.getReplication()) {
      requireUnused(context, mirror);
    }
    context.rows().delete(Family.NODES, KeyCodec.mirror(command.getName()));
    return ApplyContext.done();
  }

  private static void requireUnused(ApplyContext context, MirrorRecord mirror)
      throws RefusedException {
    Bucket bucket = BucketRows.find(context.rows(), mirror.getBucket());
    if (bucket != null
        && bucket.getId() == mirror.getBucketId()
        && Replications.names(bucket.getReplication(), mirror)) {
      throw new RefusedException(
          RefusalCode.CONFLICT,
          "The replication configuration of bucket %s names %s: change or delete that first."
              .formatted(mirror.getBucket(), mirror.getName()));
    }
  }
}

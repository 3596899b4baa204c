package io.sluice.metadata.state.command;

import io.sluice.metadata.state.row.Family;
import io.sluice.metadata.state.row.KeyCodec;
import io.sluice.metadata.state.row.RowCursor;
import io.sluice.metadata.state.row.Transaction;
import io.sluice.storage.proto.Outcome;
import io.sluice.storage.proto.RefusalCode;
import io.sluice.storage.proto.SealBucket;
import org.jspecify.annotations.Nullable;

/**
 * Closes an empty bucket for ever. Its unfinished uploads go with it, as in AWS. Done again, it
 * does nothing.
 */
record SealBucketCommand(SealBucket command) implements ShardCommand {
  private static final byte[] NO_VALUE = {};

  @Override
  public Outcome.Builder apply(ApplyContext context) throws RefusedException {
    Transaction rows = context.rows();
    byte[] sealed = KeyCodec.sealedBucket(command.getBucketId());
    if (rows.get(Family.META, sealed) != null) {
      return ApplyContext.done();
    }
    byte[] bucket = KeyCodec.bucket(command.getBucketId());
    if (!isEmpty(rows, Family.OBJECTS, bucket)) {
      throw new RefusedException(
          RefusalCode.BUCKET_NOT_EMPTY, "The bucket you tried to delete is not empty");
    }
    // An upload that was aborted may still have rows of parts, as garbage of its own;
    // they are in the new garbage too, and whichever is forgotten first takes them along.
    if (!isEmpty(rows, Family.UPLOAD_PARTS, bucket)) {
      new Contents(context).releaseUploadParts(bucket);
    }
    byte @Nullable [] after = KeyCodec.after(bucket);
    if (after != null) {
      rows.deleteRange(Family.UPLOADS, bucket, after);
    }
    rows.put(Family.META, sealed, NO_VALUE);
    return ApplyContext.done();
  }

  private static boolean isEmpty(Transaction rows, Family family, byte[] prefix) {
    try (RowCursor cursor = rows.scanPrefix(family, prefix)) {
      return !cursor.isValid();
    }
  }
}

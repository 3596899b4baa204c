package io.sluice.metadata.state.command;

import io.sluice.metadata.state.row.Family;
import io.sluice.metadata.state.row.KeyCodec;
import io.sluice.metadata.state.row.RowCursor;
import io.sluice.metadata.state.row.Transaction;
import io.sluice.storage.proto.AbortUpload;
import io.sluice.storage.proto.Outcome;

/** Drops an upload. Its parts become garbage as one, however many they are. */
record AbortUploadCommand(AbortUpload command) implements ShardCommand {
  @Override
  public Outcome.Builder apply(ApplyContext context) throws RefusedException {
    long bucketId = command.getBucketId();
    context.requireWritable(bucketId);
    Transaction rows = context.rows();
    Uploads.require(rows, bucketId, command.getKey(), command.getUploadId());
    rows.delete(Family.UPLOADS, KeyCodec.upload(bucketId, command.getKey(), command.getUploadId()));
    byte[] parts = KeyCodec.uploadParts(bucketId, command.getKey(), command.getUploadId());
    boolean any;
    try (RowCursor cursor = rows.scanPrefix(Family.UPLOAD_PARTS, parts)) {
      any = cursor.isValid();
    }
    if (any) {
      new Contents(context).releaseUploadParts(parts);
    }
    return ApplyContext.done();
  }
}

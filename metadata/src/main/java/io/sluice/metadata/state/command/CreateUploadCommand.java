package io.sluice.metadata.state.command;

import com.google.protobuf.ByteString;
import io.sluice.metadata.state.row.Family;
import io.sluice.metadata.state.row.KeyCodec;
import io.sluice.storage.proto.CreateUpload;
import io.sluice.storage.proto.MultipartUpload;
import io.sluice.storage.proto.Outcome;

/** Begins an upload in parts. Its id is random, and never used again. */
record CreateUploadCommand(CreateUpload command) implements ShardCommand {
  private static final int UPLOAD_ID_LENGTH_MAX = 256;

  @Override
  public Outcome.Builder apply(ApplyContext context) throws RefusedException {
    context.requireWritable(command.getBucketId());
    ByteString key = command.getUpload().getKeyBytes();
    ApplyContext.requireValidKey(key);
    String id = command.getUpload().getUploadId();
    if (id.isEmpty() || id.length() > UPLOAD_ID_LENGTH_MAX || id.indexOf('\0') >= 0) {
      throw ApplyContext.invalid("An upload id has 1 to 256 characters.");
    }
    byte[] row = KeyCodec.upload(command.getBucketId(), key, id);
    if (context.rows().get(Family.UPLOADS, row) != null) {
      throw ApplyContext.invalid("An upload with this id exists already.");
    }
    MultipartUpload upload =
        command.getUpload().toBuilder()
            .setInitiatedMs(context.nowMs())
            .setChecksumType(ObjectChecksums.typeOf(command.getUpload()))
            .build();
    context.rows().put(Family.UPLOADS, row, upload);
    return ApplyContext.done();
  }
}

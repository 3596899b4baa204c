package io.sluice.metadata.state.command;

import io.sluice.metadata.state.row.Family;
import io.sluice.metadata.state.row.KeyCodec;
import io.sluice.metadata.state.row.Transaction;
import io.sluice.storage.proto.Outcome;
import io.sluice.storage.proto.Part;
import io.sluice.storage.proto.PutPart;
import io.sluice.storage.proto.UploadedPart;

/** Adds a part to an upload, or replaces the one of that number. */
record PutPartCommand(PutPart command) implements ShardCommand {
  @Override
  public Outcome.Builder apply(ApplyContext context) throws RefusedException {
    context.requireWritable(command.getBucketId());
    int number = command.getNumber();
    if (number < 1 || number > Uploads.PARTS_MAX) {
      throw ApplyContext.invalid("Part number must be an integer between 1 and 10000, inclusive");
    }
    Transaction rows = context.rows();
    Uploads.require(rows, command.getBucketId(), command.getKey(), command.getUploadId());
    byte[] row =
        KeyCodec.uploadPart(command.getBucketId(), command.getKey(), command.getUploadId(), number);
    UploadedPart replaced = rows.get(Family.UPLOAD_PARTS, row, UploadedPart.parser());
    Contents contents = new Contents(context);
    Part part = command.getPart();
    contents.addPart(part, command.getInlineData());
    if (replaced != null) {
      contents.releasePart(replaced.getId());
    }
    UploadedPart uploaded =
        UploadedPart.newBuilder()
            .setNumber(number)
            .setId(context.position())
            .setSize(part.getSize())
            .setMd5(part.getMd5())
            .addAllChecksums(part.getChecksumsList())
            .setLastModifiedMs(context.nowMs())
            .build();
    rows.put(Family.UPLOAD_PARTS, row, uploaded);
    return Outcome.newBuilder().setPart(uploaded);
  }
}

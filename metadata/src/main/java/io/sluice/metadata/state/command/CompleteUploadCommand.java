package io.sluice.metadata.state.command;

import io.sluice.metadata.state.row.Family;
import io.sluice.metadata.state.row.KeyCodec;
import io.sluice.metadata.state.row.RowCursor;
import io.sluice.metadata.state.row.Rows;
import io.sluice.metadata.state.row.Transaction;
import io.sluice.storage.proto.CompleteUpload;
import io.sluice.storage.proto.MultipartUpload;
import io.sluice.storage.proto.ObjectVersion;
import io.sluice.storage.proto.Outcome;
import io.sluice.storage.proto.PartList;
import io.sluice.storage.proto.PartRef;
import io.sluice.storage.proto.UploadedPart;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Makes an object of the parts of an upload. No data moves: the object's manifest takes over the
 * parts that are listed, the others become garbage.
 */
record CompleteUploadCommand(CompleteUpload command) implements ShardCommand {
  @Override
  public Outcome.Builder apply(ApplyContext context) throws RefusedException {
    long bucketId = command.getBucketId();
    context.requireWritable(bucketId);
    Transaction rows = context.rows();
    MultipartUpload upload =
        Uploads.require(rows, bucketId, command.getKey(), command.getUploadId());
    ObjectVersion current = Objects.find(rows, bucketId, command.getKey());
    Conditions.check(command.getCondition(), current);

    NavigableMap<Integer, UploadedPart> uploaded = uploadedParts(rows);
    PartSelection selection = PartSelection.of(command, uploaded);
    ObjectVersion.Builder version = version(upload, selection).setManifest(context.position());

    Contents contents = new Contents(context);
    contents.addParts(partList(selection.parts()));
    selection.parts().forEach(part -> uploaded.remove(part.getNumber()));
    uploaded.values().forEach(part -> contents.releasePart(part.getId()));
    removeUpload(rows);
    return Objects.replace(context, bucketId, command.getKey(), current, version);
  }

  private NavigableMap<Integer, UploadedPart> uploadedParts(Transaction rows) {
    NavigableMap<Integer, UploadedPart> uploaded = new TreeMap<>();
    try (RowCursor cursor = rows.scanPrefix(Family.UPLOAD_PARTS, partsPrefix())) {
      for (; cursor.isValid(); cursor.next()) {
        UploadedPart part = Rows.parse(UploadedPart.parser(), cursor.value());
        uploaded.put(part.getNumber(), part);
      }
    }
    return uploaded;
  }

  private ObjectVersion.Builder version(MultipartUpload upload, PartSelection selection)
      throws RefusedException {
    ObjectVersion.Builder version =
        ObjectVersion.newBuilder()
            .setSize(selection.size())
            .setEtag(selection.etag())
            .setOwner(upload.getOwner())
            .setStorageClass(upload.getStorageClass())
            .setHeaders(upload.getHeaders())
            .setPartCount(selection.parts().size())
            .addAllChecksums(ObjectChecksums.of(upload, selection.parts()));
    ObjectChecksums.verify(command.getExpectedChecksumsList(), version.getChecksumsList());
    return version;
  }

  private static PartList partList(List<UploadedPart> parts) {
    PartList.Builder list = PartList.newBuilder();
    for (UploadedPart part : parts) {
      list.addParts(
          PartRef.newBuilder()
              .setId(part.getId())
              .setNumber(part.getNumber())
              .setSize(part.getSize())
              .addAllChecksums(part.getChecksumsList()));
    }
    return list.build();
  }

  private void removeUpload(Transaction rows) {
    rows.delete(
        Family.UPLOADS,
        KeyCodec.upload(command.getBucketId(), command.getKey(), command.getUploadId()));
    byte[] parts = partsPrefix();
    byte @Nullable [] after = KeyCodec.after(parts);
    if (after != null) {
      rows.deleteRange(Family.UPLOAD_PARTS, parts, after);
    }
  }

  private byte[] partsPrefix() {
    return KeyCodec.uploadParts(command.getBucketId(), command.getKey(), command.getUploadId());
  }
}

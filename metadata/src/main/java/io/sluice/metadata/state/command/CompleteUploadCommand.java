package io.sluice.metadata.state.command;

import io.sluice.metadata.state.row.Transaction;
import io.sluice.storage.proto.CompleteUpload;
import io.sluice.storage.proto.MultipartUpload;
import io.sluice.storage.proto.ObjectVersion;
import io.sluice.storage.proto.Outcome;
import io.sluice.storage.proto.UploadedPart;
import java.util.NavigableMap;

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

    NavigableMap<Integer, UploadedPart> uploaded =
        Uploads.parts(rows, bucketId, command.getKey(), command.getUploadId());
    PartSelection selection = PartSelection.of(command, uploaded);
    ObjectVersion.Builder version = version(upload, selection).setManifest(context.position());

    Contents contents = new Contents(context);
    contents.addParts(selection.parts());
    selection.parts().forEach(part -> uploaded.remove(part.getNumber()));
    uploaded.values().forEach(part -> contents.releasePart(part.getId()));
    Uploads.remove(rows, bucketId, command.getKey(), command.getUploadId());
    return Objects.replace(context, bucketId, command.getKey(), current, version);
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
}

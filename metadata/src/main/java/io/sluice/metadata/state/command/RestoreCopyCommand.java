package io.sluice.metadata.state.command;

import com.google.protobuf.ByteString;
import io.sluice.metadata.state.row.KeyCodec;
import io.sluice.metadata.state.row.Transaction;
import io.sluice.storage.FormatRange;
import io.sluice.storage.proto.LogPosition;
import io.sluice.storage.proto.ObjectVersion;
import io.sluice.storage.proto.Outcome;
import io.sluice.storage.proto.Part;
import io.sluice.storage.proto.RefusalCode;
import io.sluice.storage.proto.RestoreCopy;
import io.sluice.storage.proto.UploadedPart;
import java.util.HashSet;
import java.util.List;
import java.util.NavigableMap;
import java.util.Set;

/**
 * Makes an object what another was in another shard, of bytes that were stored for it. What is said
 * of the bytes (ETag, checksums) is taken as it was: whoever proposes this has compared it with
 * what was stored. Whoever wrote the object since the caller looked is not overwritten. Parts that
 * somebody added to the upload, and that are not named, become garbage.
 */
record RestoreCopyCommand(RestoreCopy command) implements ShardCommand {
  @Override
  public Outcome.Builder apply(ApplyContext context) throws RefusedException {
    context.requireActive(FormatRange.HISTORY);
    long bucketId = command.getBucketId();
    ByteString key = command.getKey();
    if (bucketId == KeyCodec.NO_BUCKET) {
      throw ApplyContext.invalid("A bucket is missing.");
    }
    context.requireWritable(bucketId);
    ApplyContext.requireValidKey(key);
    ObjectVersion current = Objects.find(context.rows(), bucketId, key);
    Objects.requireExpected(command.getExpected(), current);
    ObjectVersion.Builder version =
        command.getUploadId().isEmpty() ? inOnePiece(context) : inParts(context);
    return Objects.replaceAsOf(
        context, bucketId, key, current, version, command.getObject().getLastModifiedMs());
  }

  private ObjectVersion.Builder version(ApplyContext context) {
    return command.getObject().toBuilder().setDeleteMarker(false).setManifest(context.position());
  }

  private ObjectVersion.Builder inOnePiece(ApplyContext context) throws RefusedException {
    Part part = command.getPart();
    if (part.getSize() != command.getObject().getSize()) {
      throw ApplyContext.invalid("An object of one piece is as long as that.");
    }
    new Contents(context).addObject(part, command.getInlineData());
    return version(context).setInline(part.getInline()).setPartCount(0);
  }

  private ObjectVersion.Builder inParts(ApplyContext context) throws RefusedException {
    Transaction rows = context.rows();
    long bucketId = command.getBucketId();
    Uploads.require(rows, bucketId, command.getKey(), command.getUploadId());
    NavigableMap<Integer, UploadedPart> uploaded =
        Uploads.parts(rows, bucketId, command.getKey(), command.getUploadId());
    Set<LogPosition> wanted = new HashSet<>(command.getPartsList());
    List<UploadedPart> parts =
        uploaded.values().stream().filter(part -> wanted.contains(part.getId())).toList();
    boolean isThem =
        parts.stream().map(UploadedPart::getId).toList().equals(command.getPartsList());
    long size = parts.stream().mapToLong(UploadedPart::getSize).sum();
    if (parts.isEmpty() || !isThem || size != command.getObject().getSize()) {
      throw new RefusedException(
          RefusalCode.INVALID_PART, "The parts are others than those that were copied.");
    }
    Contents contents = new Contents(context);
    contents.addParts(parts);
    parts.forEach(part -> uploaded.remove(part.getNumber()));
    uploaded.values().forEach(part -> contents.releasePart(part.getId()));
    Uploads.remove(rows, bucketId, command.getKey(), command.getUploadId());
    return version(context).setInline(false).setPartCount(parts.size());
  }
}

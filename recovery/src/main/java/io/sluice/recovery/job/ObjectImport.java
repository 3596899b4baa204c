package io.sluice.recovery.job;

import com.google.protobuf.ByteString;
import io.sluice.storage.FormatRange;
import io.sluice.storage.MetadataStore;
import io.sluice.storage.StorageFailure;
import io.sluice.storage.chunk.ChunkId;
import io.sluice.storage.proto.AbortUpload;
import io.sluice.storage.proto.Bucket;
import io.sluice.storage.proto.ChunkSlice;
import io.sluice.storage.proto.Command;
import io.sluice.storage.proto.CreateUpload;
import io.sluice.storage.proto.LogPosition;
import io.sluice.storage.proto.MultipartUpload;
import io.sluice.storage.proto.ObjectState;
import io.sluice.storage.proto.ObjectVersion;
import io.sluice.storage.proto.Outcome;
import io.sluice.storage.proto.Part;
import io.sluice.storage.proto.PartRow;
import io.sluice.storage.proto.PutPart;
import io.sluice.storage.proto.RefusalCode;
import io.sluice.storage.proto.RestoreCopy;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Makes an object what it was in a backup, of chunks that are stored already. One in parts becomes
 * an upload first, so that nothing of it has to fit into one command; what remains of an upload
 * that ended half-way is given up when the same object is restored again. Any thread.
 */
final class ObjectImport {
  private static final Duration LIMIT = Duration.ofSeconds(30);
  private static final int PARTS_MAX = 16;

  /**
   * An object that is to be made.
   *
   * @param target the bucket it goes into
   * @param object as it will be
   * @param current what is there now; null: nothing
   */
  record Wanted(
      RestoreBatch.Item item,
      Bucket target,
      ObjectVersion object,
      @Nullable ObjectVersion current) {}

  private final MetadataStore metadata;

  ObjectImport(MetadataStore metadata) {
    this.metadata = metadata;
  }

  /**
   * Makes it.
   *
   * @param stored where each chunk of each of its parts is now; one part, if it has no parts
   * @return false when somebody else wrote it meanwhile: it stays as it was written
   */
  Uni<Boolean> put(Wanted wanted, List<Map<ChunkId, ChunkId>> stored) {
    ObjectState then = wanted.item().rows().row().getObject();
    RestoreCopy.Builder restore =
        RestoreCopy.newBuilder()
            .setBucketId(wanted.target().getId())
            .setKey(then.getKey())
            .setObject(wanted.object());
    ObjectVersion current = wanted.current();
    if (current != null) {
      restore.setExpected(current.getVersion());
    }
    Uni<Outcome> done =
        then.getManifest().hasParts()
            ? inParts(wanted, stored, restore)
            : submit(wanted.target(), inOnePiece(then, stored.get(0), restore));
    return done.replaceWith(true)
        .onFailure(failure -> Refusals.is(failure, RefusalCode.CONFLICT))
        .recoverWithItem(false);
  }

  private static Command.Builder inOnePiece(
      ObjectState then, Map<ChunkId, ChunkId> stored, RestoreCopy.Builder restore) {
    if (then.getObject().getInline()) {
      restore.setPart(inlinePart(then)).setInlineData(then.getInlineData());
    } else {
      restore.setPart(moved(then.getManifest().getWhole(), stored));
    }
    return Command.newBuilder().setFormat(FormatRange.HISTORY).setRestoreCopy(restore);
  }

  private static Part inlinePart(ObjectState then) {
    return then.getManifest().getWhole().toBuilder()
        .setSize(then.getInlineData().size())
        .setInline(true)
        .build();
  }

  private static Part moved(Part part, Map<ChunkId, ChunkId> stored) {
    Part.Builder moved = part.toBuilder().clearSlices();
    for (ChunkSlice slice : part.getSlicesList()) {
      ChunkId now = Objects.requireNonNull(stored.get(ChunkId.from(slice.getChunkId())));
      moved.addSlices(slice.toBuilder().setChunkId(now.toByteString()));
    }
    return moved.build();
  }

  private Uni<Outcome> inParts(
      Wanted wanted, List<Map<ChunkId, ChunkId>> stored, RestoreCopy.Builder restore) {
    ObjectState then = wanted.item().rows().row().getObject();
    LogPosition version = then.getObject().getVersion();
    String uploadId =
        "restore-%x-%x-%x".formatted(then.getBucketId(), version.getEpoch(), version.getIndex());
    ByteString key = then.getKey();
    return submit(wanted.target(), abort(wanted, key, uploadId))
        .onFailure(StorageFailure.Refused.class)
        .recoverWithNull()
        .chain(() -> submit(wanted.target(), create(wanted, key, uploadId)))
        .chain(() -> putParts(wanted, stored, key, uploadId))
        .flatMap(
            parts -> {
              restore.setUploadId(uploadId);
              for (LogPosition part : parts) {
                restore.addParts(part);
              }
              return submit(
                  wanted.target(),
                  Command.newBuilder().setFormat(FormatRange.HISTORY).setRestoreCopy(restore));
            });
  }

  private static Command.Builder abort(Wanted wanted, ByteString key, String uploadId) {
    return Command.newBuilder()
        .setAbortUpload(
            AbortUpload.newBuilder()
                .setBucketId(wanted.target().getId())
                .setKey(key)
                .setUploadId(uploadId));
  }

  private static Command.Builder create(Wanted wanted, ByteString key, String uploadId) {
    ObjectVersion object = wanted.object();
    return Command.newBuilder()
        .setCreateUpload(
            CreateUpload.newBuilder()
                .setBucketId(wanted.target().getId())
                .setUpload(
                    MultipartUpload.newBuilder()
                        .setUploadId(uploadId)
                        .setKeyBytes(key)
                        .setOwner(object.getOwner())
                        .setInitiator(object.getOwner())
                        .setStorageClass(object.getStorageClass())
                        .setHeaders(object.getHeaders())));
  }

  private Uni<LogPosition[]> putParts(
      Wanted wanted, List<Map<ChunkId, ChunkId>> stored, ByteString key, String uploadId) {
    int count = wanted.item().rows().partCount();
    LogPosition[] ids = new LogPosition[count];
    return Multi.createFrom()
        .items(IntStream.range(0, count).boxed())
        .onItem()
        .transformToUni(
            index ->
                submit(wanted.target(), putPart(wanted, stored.get(index), key, uploadId, index))
                    .invoke(outcome -> ids[index] = outcome.getPart().getId()))
        .merge(PARTS_MAX)
        .onItem()
        .ignoreAsUni()
        .replaceWith(ids);
  }

  private static Command.Builder putPart(
      Wanted wanted, Map<ChunkId, ChunkId> stored, ByteString key, String uploadId, int index) {
    PartRow part = wanted.item().rows().part(index);
    return Command.newBuilder()
        .setPutPart(
            PutPart.newBuilder()
                .setBucketId(wanted.target().getId())
                .setKey(key)
                .setUploadId(uploadId)
                .setNumber(
                    wanted
                        .item()
                        .rows()
                        .row()
                        .getObject()
                        .getManifest()
                        .getParts()
                        .getParts(index)
                        .getNumber())
                .setPart(moved(part.getPart(), stored))
                .setInlineData(part.getInlineData()));
  }

  private Uni<Outcome> submit(Bucket target, Command.Builder command) {
    return metadata.submit(target.getShard(), command.build(), LIMIT);
  }
}

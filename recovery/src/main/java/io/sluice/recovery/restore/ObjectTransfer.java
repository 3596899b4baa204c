package io.sluice.recovery.restore;

import com.google.protobuf.ByteString;
import io.sluice.storage.BucketMoment;
import io.sluice.storage.FormatRange;
import io.sluice.storage.MetadataStore;
import io.sluice.storage.StorageFailure;
import io.sluice.storage.proto.Bucket;
import io.sluice.storage.proto.Checksum;
import io.sluice.storage.proto.Command;
import io.sluice.storage.proto.GetObject;
import io.sluice.storage.proto.LogPosition;
import io.sluice.storage.proto.ObjectAnswer;
import io.sluice.storage.proto.ObjectDifference;
import io.sluice.storage.proto.ObjectVersion;
import io.sluice.storage.proto.Outcome;
import io.sluice.storage.proto.Part;
import io.sluice.storage.proto.Query;
import io.sluice.storage.proto.RefusalCode;
import io.sluice.storage.proto.RestoreCopy;
import io.smallrye.mutiny.Uni;
import java.time.Duration;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Restores an object of one shard into another. Its bytes are stored once more, since each shard
 * counts the references to its chunks alone; all else is taken as it was, and what was said of the
 * bytes (MD5, checksum, ETag) is compared with what was stored, so that nothing else can come back
 * under its name. Any thread.
 */
final class ObjectTransfer {
  /** What became of it. */
  enum Result {
    DONE,
    /** Somebody wrote the object meanwhile; it is left as it was written. */
    CHANGED,
    /** Its bytes are not what they were, or can't be read; nothing was restored. */
    DAMAGED,
    /** Some of its parts were copied: to be asked for again. */
    PARTLY
  }

  private static final Logger log = LoggerFactory.getLogger(ObjectTransfer.class);

  static final Duration LIMIT = Duration.ofSeconds(20);
  private static final int MD5_HEX_LENGTH = 32;

  private final MetadataStore metadata;
  private final PartCopies copies;

  ObjectTransfer(MetadataStore metadata, PartCopies copies) {
    this.metadata = metadata;
    this.copies = copies;
  }

  /**
   * Restores the object.
   *
   * @param difference what it was, and what it is in the target
   * @param bytesMax of an object in parts no further part is begun when so much was copied
   */
  Uni<Result> run(BucketMoment then, Bucket target, ObjectDifference difference, long bytesMax) {
    return find(then.bucket(), difference.getKey(), then.at())
        .flatMap(
            source -> {
              RestoreCopy.Builder restore =
                  RestoreCopy.newBuilder()
                      .setBucketId(target.getId())
                      .setKey(difference.getKey())
                      .setExpected(difference.getAfter().getVersion())
                      .setObject(source.getObject());
              Uni<Result> done =
                  source.getManifest().hasParts()
                      ? new PartsTransfer(metadata, this, then, target, source)
                          .run(restore, bytesMax)
                      : inOnePiece(source, target, restore);
              return done.onFailure(ObjectTransfer::isOvertaken)
                  .recoverWithUni(() -> whoseIsIt(source.getObject(), target, restore.getKey()));
            })
        .onFailure(ObjectTransfer::isDamaged)
        .recoverWithItem(
            failure -> {
              log.warn(
                  "An object is not restored into bucket {}: {}",
                  target.getName(),
                  failure.toString());
              return Result.DAMAGED;
            });
  }

  private static boolean isDamaged(Throwable failure) {
    return failure instanceof StorageFailure.ChunkDamaged
        || failure instanceof StorageFailure.ChunkNotFound;
  }

  private Uni<ObjectAnswer> find(Bucket bucket, ByteString key, @Nullable LogPosition at) {
    GetObject.Builder get =
        GetObject.newBuilder().setBucketId(bucket.getId()).setKey(key).setWithContent(at != null);
    if (at != null) {
      get.setAt(at);
    }
    return metadata
        .query(bucket.getShard(), Query.newBuilder().setGetObject(get).build(), LIMIT)
        .map(answer -> answer.getObject());
  }

  /** The same may have been restored twice at once, after an answer that came too late. */
  private Uni<Result> whoseIsIt(ObjectVersion source, Bucket target, ByteString key) {
    return find(target, key, null)
        .map(
            found ->
                ListingComparison.isSame(source, found.getObject()) ? Result.DONE : Result.CHANGED)
        .onFailure(StorageFailure.Refused.class)
        .recoverWithItem(Result.CHANGED);
  }

  private static boolean isOvertaken(Throwable failure) {
    return isChanged(failure) || PartsTransfer.isNoSuchUpload(failure);
  }

  static boolean isChanged(Throwable failure) {
    return failure instanceof StorageFailure.Refused refused
        && refused.code() == RefusalCode.CONFLICT;
  }

  private Uni<Result> inOnePiece(ObjectAnswer source, Bucket target, RestoreCopy.Builder restore) {
    Part part =
        source.getObject().getInline()
            ? inlinePart(source.getObject())
            : source.getManifest().getWhole();
    return copy(part, source.getInlineData(), restore.getKey())
        .flatMap(
            copied ->
                commit(target, restore.setPart(copied.part()).setInlineData(copied.inlineData())));
  }

  /** The row of a small object does not say what its ETag and checksums say of it. */
  private static Part inlinePart(ObjectVersion object) {
    Part.Builder part =
        Part.newBuilder()
            .setInline(true)
            .setSize(object.getSize())
            .addAllChecksums(object.getChecksumsList());
    String etag = object.getEtag();
    if (etag.length() == MD5_HEX_LENGTH) {
      part.setMd5(ByteString.copyFrom(HexFormat.of().parseHex(etag)));
    }
    return part.build();
  }

  /** Stores the bytes once more; fails with ChunkDamaged when they aren't what they were. */
  Uni<PartCopies.Copied> copy(Part source, ByteString inlineData, ByteString key) {
    return copies
        .copy(source, inlineData, key)
        .invoke(
            copied -> {
              if (!isSame(source, copied.part())) {
                throw new StorageFailure.ChunkDamaged(
                    "what was copied is not what was stored", null);
              }
            });
  }

  private static boolean isSame(Part source, Part copy) {
    boolean md5 = source.getMd5().isEmpty() || source.getMd5().equals(copy.getMd5());
    return md5
        && source.getSize() == copy.getSize()
        && source.getChecksumsList().stream()
            .allMatch(
                was ->
                    copy.getChecksumsList().stream()
                        .filter(is -> is.getAlgorithm() == was.getAlgorithm())
                        .map(Checksum::getValue)
                        .allMatch(was.getValue()::equals));
  }

  Uni<Result> commit(Bucket target, RestoreCopy.Builder restore) {
    return submit(
            target, Command.newBuilder().setFormat(FormatRange.HISTORY).setRestoreCopy(restore))
        .replaceWith(Result.DONE);
  }

  Uni<Outcome> submit(Bucket target, Command.Builder command) {
    return metadata.submit(target.getShard(), command.build(), LIMIT);
  }
}

package io.sluice.recovery.job;

import com.google.protobuf.ByteString;
import io.sluice.recovery.backup.format.RowGroup;
import io.sluice.storage.StorageFailure;
import io.sluice.storage.chunk.ChunkId;
import io.sluice.storage.proto.AbortUpload;
import io.sluice.storage.proto.Command;
import io.sluice.storage.proto.CreateUpload;
import io.sluice.storage.proto.ListParts;
import io.sluice.storage.proto.LogPosition;
import io.sluice.storage.proto.MultipartUpload;
import io.sluice.storage.proto.ObjectVersion;
import io.sluice.storage.proto.Part;
import io.sluice.storage.proto.PartPage;
import io.sluice.storage.proto.PartRow;
import io.sluice.storage.proto.PutPart;
import io.sluice.storage.proto.Query;
import io.sluice.storage.proto.RefusalCode;
import io.sluice.storage.proto.RestoreCopy;
import io.sluice.storage.proto.UploadedPart;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.IntStream;

/**
 * Makes an object in parts what it was in a backup: as an upload whose id says which version it is,
 * some parts at a time. So chunks are named soon after they are stored, however long the object
 * takes, and what is held in memory does not grow with it; a restore that was interrupted goes on
 * where it was, and two of the same object help each other. An upload that is left half-way is
 * shown, and can be aborted, like any other. For one object.
 */
final class PartsImport {
  /** Plain bytes of parts from which no more are stored before these are named. */
  private static final long STEP_BYTES = 16L << 20;

  private static final int PARTS_MAX = 16;
  private static final int LISTED_MAX = 1_000;

  /**
   * In a row that brought nothing on: somebody else may replace parts, or complete or abort the
   * upload, now and then.
   */
  private static final int ATTEMPTS_MAX = 5;

  /** Times the number of those attempts, and at random up to twice that: so two don't keep step. */
  private static final Duration PAUSE = Duration.ofMillis(100);

  private final ObjectImport objects;
  private final ChunkCopies copies;
  private final ObjectImport.Wanted wanted;
  private final RowGroup rows;
  private final ByteString key;
  private final String uploadId;

  /** Parts that were there when it was looked for them last, at most. */
  private volatile int partsMost;

  /** Whether this run made the upload, and no other. */
  private volatile boolean isOwn;

  PartsImport(ObjectImport objects, ChunkCopies copies, ObjectImport.Wanted wanted) {
    this.objects = objects;
    this.copies = copies;
    this.wanted = wanted;
    this.rows = wanted.item().rows();
    this.key = wanted.then().getKey();
    LogPosition version = wanted.then().getObject().getVersion();
    this.uploadId =
        "restore-%x-%x-%x"
            .formatted(wanted.then().getBucketId(), version.getEpoch(), version.getIndex());
  }

  /** Makes it; fails with {@link MissingChunkException}, and leaves nothing of it then. */
  Uni<ObjectImport.End> run() {
    return attempt(ATTEMPTS_MAX)
        .onFailure(MissingChunkException.class)
        .call(() -> abort().onFailure().recoverWithNull());
  }

  /**
   * @param attempts how many more may bring nothing on
   */
  private Uni<ObjectImport.End> attempt(int attempts) {
    int before = partsMost;
    return uploaded()
        .invoke(this::noteProgress)
        .flatMap(this::putMissing)
        .chain(this::uploaded)
        .invoke(this::noteProgress)
        .flatMap(this::complete)
        .onFailure(PartsImport::isDisturbed)
        .recoverWithUni(
            failure ->
                objects
                    .isThere(wanted)
                    .flatMap(
                        isThere -> {
                          if (isThere) {
                            return Uni.createFrom().item(ObjectImport.End.SAME);
                          }
                          int left = partsMost > before ? ATTEMPTS_MAX : attempts - 1;
                          return left == 0
                              ? Uni.createFrom().failure(failure)
                              : pause(ATTEMPTS_MAX - left).chain(() -> attempt(left));
                        }));
  }

  private void noteProgress(NavigableMap<Integer, UploadedPart> there) {
    partsMost = Math.max(partsMost, countSame(there));
  }

  private int countSame(NavigableMap<Integer, UploadedPart> there) {
    return (int) IntStream.range(0, rows.partCount()).filter(index -> isSame(index, there)).count();
  }

  private static Uni<Void> pause(int failed) {
    long most = PAUSE.toMillis() * (failed + 1);
    long millis = most + ThreadLocalRandom.current().nextLong(most + 1);
    return Uni.createFrom().voidItem().onItem().delayIt().by(Duration.ofMillis(millis));
  }

  /** By another restore of the same, or by somebody who aborted the upload or added a part. */
  private static boolean isDisturbed(Throwable failure) {
    return Refusals.is(failure, RefusalCode.NO_SUCH_UPLOAD)
        || Refusals.is(failure, RefusalCode.INVALID_PART);
  }

  /** What is there of it, by number; the upload is begun when it is not. */
  private Uni<NavigableMap<Integer, UploadedPart>> uploaded() {
    NavigableMap<Integer, UploadedPart> there = new TreeMap<>();
    return Uni.createFrom()
        .deferred(() -> listParts(there.isEmpty() ? 0 : there.lastKey()))
        .invoke(page -> page.getPartsList().forEach(part -> there.put(part.getNumber(), part)))
        .repeat()
        .whilst(PartPage::getTruncated)
        .collect()
        .last()
        .replaceWith(there)
        .onFailure(failure -> Refusals.is(failure, RefusalCode.NO_SUCH_UPLOAD))
        .recoverWithUni(
            () -> {
              there.clear();
              return begin().replaceWith(there);
            });
  }

  private Uni<PartPage> listParts(int after) {
    ListParts list =
        ListParts.newBuilder()
            .setBucketId(wanted.target().getId())
            .setKey(key)
            .setUploadId(uploadId)
            .setAfter(after)
            .setMax(LISTED_MAX)
            .build();
    return objects
        .query(wanted, Query.newBuilder().setListParts(list))
        .map(answer -> answer.getPartPage());
  }

  private Uni<Void> begin() {
    ObjectVersion object = wanted.object();
    MultipartUpload upload =
        MultipartUpload.newBuilder()
            .setUploadId(uploadId)
            .setKeyBytes(key)
            .setOwner(object.getOwner())
            .setInitiator(object.getOwner())
            .setStorageClass(object.getStorageClass())
            .setHeaders(object.getHeaders())
            .build();
    CreateUpload create =
        CreateUpload.newBuilder().setBucketId(wanted.target().getId()).setUpload(upload).build();
    return objects
        .submit(wanted, Command.newBuilder().setCreateUpload(create))
        .invoke(created -> isOwn = true)
        .replaceWithVoid()
        // Another restore may have begun it since; else it is said why it can't be.
        .onFailure(failure -> Refusals.is(failure, RefusalCode.INVALID_ARGUMENT))
        .recoverWithUni(why -> listParts(0).replaceWithVoid().onFailure().transform(absent -> why));
  }

  private Uni<Void> abort() {
    AbortUpload abort =
        AbortUpload.newBuilder()
            .setBucketId(wanted.target().getId())
            .setKey(key)
            .setUploadId(uploadId)
            .build();
    return objects.submit(wanted, Command.newBuilder().setAbortUpload(abort)).replaceWithVoid();
  }

  private int number(int index) {
    return wanted.then().getManifest().getParts().getParts(index).getNumber();
  }

  /** What was there already may be anybody's who may write to the bucket, or of another backup. */
  private boolean isSame(int index, NavigableMap<Integer, UploadedPart> there) {
    UploadedPart uploaded = there.get(number(index));
    Part part = rows.part(index).getPart();
    return uploaded != null
        && uploaded.getSize() == part.getSize()
        && uploaded.getMd5().equals(part.getMd5());
  }

  private Uni<Void> putMissing(NavigableMap<Integer, UploadedPart> there) {
    return Multi.createFrom()
        .iterable(steps(there))
        .onItem()
        .transformToUniAndConcatenate(
            step -> uploaded().flatMap(now -> put(stillMissing(step, now))))
        .onItem()
        .ignoreAsUni();
  }

  /** Another restore of the same may have brought some since. */
  private List<Integer> stillMissing(List<Integer> step, NavigableMap<Integer, UploadedPart> now) {
    return step.stream().filter(index -> !isSame(index, now)).toList();
  }

  /** The parts that are missing, by index, in steps. */
  private List<List<Integer>> steps(NavigableMap<Integer, UploadedPart> there) {
    List<List<Integer>> steps = new ArrayList<>();
    List<Integer> step = new ArrayList<>();
    long bytes = 0;
    for (int index = 0; index < rows.partCount(); index++) {
      if (!isSame(index, there)) {
        step.add(index);
        bytes += rows.part(index).getPart().getSize();
      }
      if (bytes >= STEP_BYTES || (index == rows.partCount() - 1 && !step.isEmpty())) {
        steps.add(step);
        step = new ArrayList<>();
        bytes = 0;
      }
    }
    return steps;
  }

  private Uni<Void> put(List<Integer> step) {
    if (step.isEmpty()) {
      return Uni.createFrom().voidItem();
    }
    return copies
        .store(step.stream().map(index -> rows.part(index).getPart()).toList())
        .flatMap(
            stored ->
                Multi.createFrom()
                    .items(IntStream.range(0, step.size()).boxed())
                    .onItem()
                    .transformToUni(i -> put(step.get(i), stored.get(i)))
                    .merge(PARTS_MAX)
                    .onItem()
                    .ignoreAsUni());
  }

  private Uni<Void> put(int index, Map<ChunkId, ChunkId> stored) {
    PartRow part = rows.part(index);
    Set<ChunkId> missing = ChunkCopies.needed(part.getPart());
    missing.removeAll(stored.keySet());
    if (!missing.isEmpty()) {
      return Uni.createFrom().failure(new MissingChunkException(missing.iterator().next()));
    }
    PutPart put =
        PutPart.newBuilder()
            .setBucketId(wanted.target().getId())
            .setKey(key)
            .setUploadId(uploadId)
            .setNumber(number(index))
            .setPart(ObjectImport.moved(part.getPart(), stored))
            .setInlineData(part.getInlineData())
            .build();
    return objects.submit(wanted, Command.newBuilder().setPutPart(put)).replaceWithVoid();
  }

  private Uni<ObjectImport.End> complete(NavigableMap<Integer, UploadedPart> there) {
    if (countSame(there) < rows.partCount()) {
      return Uni.createFrom()
          .failure(
              StorageFailure.Refused.of(
                  RefusalCode.INVALID_PART, "Somebody replaces parts of upload " + uploadId + "."));
    }
    // What somebody added under other numbers is left out, and goes with the upload.
    there.keySet().retainAll(IntStream.range(0, rows.partCount()).mapToObj(this::number).toList());
    RestoreCopy.Builder restore = wanted.restore().setUploadId(uploadId);
    there.values().forEach(part -> restore.addParts(part.getId()));
    return objects
        .commit(wanted, restore)
        .call(
            end ->
                end == ObjectImport.End.RESTORED || (end == ObjectImport.End.LEFT && !isOwn)
                    ? Uni.createFrom().voidItem()
                    : abort().onFailure().recoverWithNull());
  }
}

package io.sluice.recovery.restore;

import static java.util.stream.Collectors.toSet;

import com.google.protobuf.ByteString;
import io.sluice.storage.BucketMoment;
import io.sluice.storage.MetadataStore;
import io.sluice.storage.StorageFailure;
import io.sluice.storage.proto.AbortUpload;
import io.sluice.storage.proto.Bucket;
import io.sluice.storage.proto.Command;
import io.sluice.storage.proto.CreateUpload;
import io.sluice.storage.proto.GetParts;
import io.sluice.storage.proto.ListParts;
import io.sluice.storage.proto.LogPosition;
import io.sluice.storage.proto.MultipartUpload;
import io.sluice.storage.proto.ObjectAnswer;
import io.sluice.storage.proto.ObjectVersion;
import io.sluice.storage.proto.Part;
import io.sluice.storage.proto.PartPage;
import io.sluice.storage.proto.PartRef;
import io.sluice.storage.proto.PartRow;
import io.sluice.storage.proto.PutPart;
import io.sluice.storage.proto.Query;
import io.sluice.storage.proto.RefusalCode;
import io.sluice.storage.proto.RestoreCopy;
import io.sluice.storage.proto.UploadedPart;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * Restores an object that was uploaded in parts into another shard, in the same parts: as an upload
 * whose id says which version it is a copy of. So what was copied is there when the same is asked
 * for again, by whomever, and nothing of it has to fit into one command, or be done at once. An
 * upload that is left half-way is shown and can be aborted like any other. For one object.
 */
final class PartsTransfer {
  private static final int LISTED_MAX = 1_000;

  private static final int ROWS_MAX = 100;

  /** Parts under way. */
  private static final int COPIES_MAX = 4;

  private final MetadataStore metadata;
  private final ObjectTransfer objects;
  private final BucketMoment then;
  private final Bucket target;
  private final ObjectVersion object;
  private final List<PartRef> parts;
  private final String uploadId;

  PartsTransfer(
      MetadataStore metadata,
      ObjectTransfer objects,
      BucketMoment then,
      Bucket target,
      ObjectAnswer source) {
    this.metadata = metadata;
    this.objects = objects;
    this.then = then;
    this.target = target;
    this.object = source.getObject();
    this.parts = source.getManifest().getParts().getPartsList();
    LogPosition version = object.getVersion();
    this.uploadId =
        "restore-%x-%x-%x"
            .formatted(then.bucket().getShard(), version.getEpoch(), version.getIndex());
  }

  Uni<ObjectTransfer.Result> run(RestoreCopy.Builder restore, long bytesMax) {
    ByteString key = restore.getKey();
    NavigableMap<Integer, UploadedPart> there = new TreeMap<>();
    return findUploaded(key, there)
        .chain(() -> copyMissing(key, there, bytesMax))
        .chain(
            () ->
                parts.stream().allMatch(part -> there.containsKey(part.getNumber()))
                    ? replaceOthers(key, there, bytesMax)
                    : Uni.createFrom().item(false))
        .flatMap(
            isWhole ->
                isWhole
                    ? finish(restore, there)
                    : Uni.createFrom().item(ObjectTransfer.Result.PARTLY));
  }

  private Uni<Void> findUploaded(ByteString key, NavigableMap<Integer, UploadedPart> there) {
    return Uni.createFrom()
        .deferred(() -> listParts(key, there.isEmpty() ? 0 : there.lastKey()))
        .invoke(page -> page.getPartsList().forEach(part -> there.put(part.getNumber(), part)))
        .repeat()
        .whilst(PartPage::getTruncated)
        .collect()
        .last()
        .replaceWithVoid()
        .onFailure(PartsTransfer::isNoSuchUpload)
        .recoverWithUni(
            () -> {
              there.clear();
              return create(key);
            });
  }

  private Uni<PartPage> listParts(ByteString key, int after) {
    ListParts list =
        ListParts.newBuilder()
            .setBucketId(target.getId())
            .setKey(key)
            .setUploadId(uploadId)
            .setAfter(after)
            .setMax(LISTED_MAX)
            .build();
    return metadata
        .query(
            target.getShard(), Query.newBuilder().setListParts(list).build(), ObjectTransfer.LIMIT)
        .map(answer -> answer.getPartPage());
  }

  static boolean isNoSuchUpload(Throwable failure) {
    return failure instanceof StorageFailure.Refused refused
        && refused.code() == RefusalCode.NO_SUCH_UPLOAD;
  }

  private Uni<Void> create(ByteString key) {
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
        CreateUpload.newBuilder().setBucketId(target.getId()).setUpload(upload).build();
    return objects.submit(target, Command.newBuilder().setCreateUpload(create)).replaceWithVoid();
  }

  private Uni<Void> copyMissing(
      ByteString key, NavigableMap<Integer, UploadedPart> there, long bytesMax) {
    List<PartRef> missing =
        parts.stream().filter(part -> !there.containsKey(part.getNumber())).toList();
    return copy(key, first(missing, bytesMax), there);
  }

  /** The first of some parts, up to the one with which they have so many bytes. */
  private static List<PartRef> first(List<PartRef> wanted, long bytesMax) {
    List<PartRef> first = new ArrayList<>();
    long bytes = 0;
    for (PartRef part : wanted) {
      if (bytes < bytesMax) {
        first.add(part);
        bytes += part.getSize();
      }
    }
    return first;
  }

  private Uni<Void> copy(
      ByteString key, List<PartRef> wanted, NavigableMap<Integer, UploadedPart> there) {
    return Multi.createFrom()
        .iterable(wanted)
        .onItem()
        .transformToUni(part -> copy(key, part))
        .merge(COPIES_MAX)
        .onItem()
        .invoke(part -> there.put(part.getNumber(), part))
        .onItem()
        .ignoreAsUni();
  }

  /**
   * What was there already may be anybody's who may write to the bucket: what is no copy is
   * replaced, and what has other numbers is left out.
   *
   * @return whether all are copies now; else some are left for the next time
   */
  private Uni<Boolean> replaceOthers(
      ByteString key, NavigableMap<Integer, UploadedPart> there, long bytesMax) {
    there.keySet().retainAll(parts.stream().map(PartRef::getNumber).collect(toSet()));
    if (isSame(there)) {
      return Uni.createFrom().item(true);
    }
    return Multi.createFrom()
        .iterable(parts)
        .group()
        .intoLists()
        .of(ROWS_MAX)
        .onItem()
        .transformToUniAndConcatenate(refs -> others(refs, there))
        .onItem()
        .<PartRef>disjoint()
        .collect()
        .asList()
        .flatMap(
            others -> {
              List<PartRef> now = first(others, bytesMax);
              return copy(key, now, there).replaceWith(now.size() == others.size());
            });
  }

  private Uni<List<PartRef>> others(List<PartRef> refs, Map<Integer, UploadedPart> there) {
    return rows(refs)
        .map(
            rows -> {
              List<PartRef> others = new ArrayList<>();
              for (int i = 0; i < refs.size(); i++) {
                UploadedPart copy = there.get(refs.get(i).getNumber());
                Part part = rows.get(i).getPart();
                if (copy == null
                    || copy.getSize() != part.getSize()
                    || !copy.getMd5().equals(part.getMd5())) {
                  others.add(refs.get(i));
                }
              }
              return others;
            });
  }

  private Uni<List<PartRow>> rows(List<PartRef> refs) {
    GetParts.Builder get = GetParts.newBuilder();
    refs.forEach(ref -> get.addIds(ref.getId()));
    return metadata
        .query(
            then.bucket().getShard(),
            Query.newBuilder().setGetParts(get).build(),
            ObjectTransfer.LIMIT)
        .map(answer -> answer.getParts().getRowsList());
  }

  private Uni<UploadedPart> copy(ByteString key, PartRef ref) {
    return rows(List.of(ref))
        .flatMap(rows -> objects.copy(rows.get(0).getPart(), rows.get(0).getInlineData(), key))
        .flatMap(
            copied ->
                objects.submit(
                    target,
                    Command.newBuilder()
                        .setPutPart(
                            PutPart.newBuilder()
                                .setBucketId(target.getId())
                                .setKey(key)
                                .setUploadId(uploadId)
                                .setNumber(ref.getNumber())
                                .setPart(copied.part())
                                .setInlineData(copied.inlineData()))))
        .map(outcome -> outcome.getPart());
  }

  private Uni<ObjectTransfer.Result> finish(
      RestoreCopy.Builder restore, NavigableMap<Integer, UploadedPart> there) {
    restore.setUploadId(uploadId);
    there.values().forEach(part -> restore.addParts(part.getId()));
    return Uni.createFrom()
        .deferred(
            () -> {
              requireSame(there);
              return objects.commit(target, restore);
            })
        .onFailure(PartsTransfer::isForGood)
        .call(() -> abort(restore.getKey()).onFailure().recoverWithNull());
  }

  /** Whether what was copied is of no use any more; a part that was exchanged just now can be. */
  private static boolean isForGood(Throwable failure) {
    return failure instanceof StorageFailure.Refused refused
        ? refused.code() != RefusalCode.INVALID_PART
        : failure instanceof StorageFailure.ChunkDamaged;
  }

  /** The parts are compared with what is known of all of them. */
  private void requireSame(NavigableMap<Integer, UploadedPart> there) {
    if (!isSame(there)) {
      throw new StorageFailure.ChunkDamaged(
          "the parts of " + object.getEtag() + " are not those that were stored", null);
    }
  }

  private boolean isSame(NavigableMap<Integer, UploadedPart> there) {
    return etag(there).equals(object.getEtag())
        && parts.stream()
            .allMatch(
                part -> {
                  UploadedPart copy = there.get(part.getNumber());
                  return copy != null && copy.getSize() == part.getSize();
                });
  }

  private static String etag(NavigableMap<Integer, UploadedPart> there) {
    try {
      MessageDigest md5 = MessageDigest.getInstance("MD5");
      there.values().forEach(part -> md5.update(part.getMd5().toByteArray()));
      return HexFormat.of().formatHex(md5.digest()) + '-' + there.size();
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  private Uni<Void> abort(ByteString key) {
    AbortUpload abort =
        AbortUpload.newBuilder()
            .setBucketId(target.getId())
            .setKey(key)
            .setUploadId(uploadId)
            .build();
    return objects.submit(target, Command.newBuilder().setAbortUpload(abort)).replaceWithVoid();
  }
}

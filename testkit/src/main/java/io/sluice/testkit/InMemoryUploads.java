package io.sluice.testkit;

import static io.sluice.testkit.InMemoryMetadataStore.refused;

import com.google.protobuf.ByteString;
import io.sluice.storage.proto.AbortUpload;
import io.sluice.storage.proto.Answer;
import io.sluice.storage.proto.ClientPart;
import io.sluice.storage.proto.CompleteUpload;
import io.sluice.storage.proto.CreateUpload;
import io.sluice.storage.proto.Done;
import io.sluice.storage.proto.GetUpload;
import io.sluice.storage.proto.ListParts;
import io.sluice.storage.proto.ListUploads;
import io.sluice.storage.proto.LogPosition;
import io.sluice.storage.proto.Manifest;
import io.sluice.storage.proto.MultipartUpload;
import io.sluice.storage.proto.ObjectVersion;
import io.sluice.storage.proto.Outcome;
import io.sluice.storage.proto.PartList;
import io.sluice.storage.proto.PartPage;
import io.sluice.storage.proto.PartRef;
import io.sluice.storage.proto.PartRow;
import io.sluice.storage.proto.PutPart;
import io.sluice.storage.proto.RefusalCode;
import io.sluice.storage.proto.UploadAnswer;
import io.sluice.storage.proto.UploadPage;
import io.sluice.storage.proto.UploadedPart;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Clock;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The multipart uploads of one bucket that are under way. */
final class InMemoryUploads {
  private static final long PART_BYTES_MIN = 5L << 20;

  private static final class Upload {
    final MultipartUpload description;
    final TreeMap<Integer, UploadedPart> parts = new TreeMap<>();

    Upload(MultipartUpload description) {
      this.description = description;
    }
  }

  private final Clock clock;
  private final ShardLog log;
  private final InMemoryObjects target;
  private final Map<String, Upload> uploads = new HashMap<>();

  InMemoryUploads(Clock clock, ShardLog log, InMemoryObjects target) {
    this.clock = clock;
    this.log = log;
    this.target = target;
  }

  Outcome create(CreateUpload create) {
    MultipartUpload upload = create.getUpload().toBuilder().setInitiatedMs(clock.millis()).build();
    uploads.put(upload.getUploadId(), new Upload(upload));
    return done();
  }

  Outcome abort(AbortUpload abort) {
    find(abort.getKey(), abort.getUploadId());
    uploads.remove(abort.getUploadId());
    return done();
  }

  Outcome putPart(PutPart put) {
    Upload upload = find(put.getKey(), put.getUploadId());
    LogPosition position = log.next();
    UploadedPart part =
        UploadedPart.newBuilder()
            .setNumber(put.getNumber())
            .setId(position)
            .setSize(put.getPart().getSize())
            .setMd5(put.getPart().getMd5())
            .addAllChecksums(put.getPart().getChecksumsList())
            .setLastModifiedMs(clock.millis())
            .build();
    upload.parts.put(put.getNumber(), part);
    log.parts.put(
        position,
        PartRow.newBuilder()
            .setId(position)
            .setPart(put.getPart())
            .setInlineData(put.getInlineData())
            .build());
    return Outcome.newBuilder().setPosition(position).setPart(part).build();
  }

  Outcome complete(CompleteUpload complete) {
    Upload upload = find(complete.getKey(), complete.getUploadId());
    MessageDigest md5 = newMd5();
    PartList.Builder list = PartList.newBuilder();
    long size = 0;
    int before = 0;
    for (int i = 0; i < complete.getPartsCount(); i++) {
      ClientPart wanted = complete.getParts(i);
      if (wanted.getNumber() <= before) {
        throw refused(RefusalCode.INVALID_PART_ORDER);
      }
      before = wanted.getNumber();
      UploadedPart part = upload.parts.get(wanted.getNumber());
      if (part == null || !hex(part.getMd5()).equals(wanted.getEtag())) {
        throw refused(RefusalCode.INVALID_PART);
      }
      if (i < complete.getPartsCount() - 1 && part.getSize() < PART_BYTES_MIN) {
        throw refused(RefusalCode.PART_TOO_SMALL);
      }
      md5.update(part.getMd5().toByteArray());
      size += part.getSize();
      list.addParts(
          PartRef.newBuilder()
              .setId(part.getId())
              .setNumber(part.getNumber())
              .setSize(part.getSize())
              .addAllChecksums(part.getChecksumsList()));
    }
    ObjectVersion object =
        ObjectVersion.newBuilder()
            .setSize(size)
            .setEtag(HexFormat.of().formatHex(md5.digest()) + "-" + complete.getPartsCount())
            .setPartCount(complete.getPartsCount())
            .setOwner(upload.description.getOwner())
            .setStorageClass(upload.description.getStorageClass())
            .setHeaders(upload.description.getHeaders())
            .build();
    Outcome outcome =
        target.write(
            complete.getKey(),
            object,
            Manifest.newBuilder().setParts(list).build(),
            ByteString.EMPTY,
            complete.getCondition());
    uploads.remove(complete.getUploadId());
    return outcome;
  }

  Answer get(GetUpload get) {
    return Answer.newBuilder()
        .setUpload(
            UploadAnswer.newBuilder().setUpload(find(get.getKey(), get.getUploadId()).description))
        .build();
  }

  Answer list(ListParts list) {
    Upload upload = find(list.getKey(), list.getUploadId());
    PartPage.Builder page = PartPage.newBuilder().setUpload(upload.description);
    for (UploadedPart part : upload.parts.tailMap(list.getAfter(), false).values()) {
      if (page.getPartsCount() == list.getMax()) {
        page.setTruncated(list.getMax() > 0);
        break;
      }
      page.addParts(part);
    }
    return Answer.newBuilder().setPartPage(page).build();
  }

  Answer list(ListUploads list) {
    // Ordered by key, then by when they were begun; the id tells two of one moment apart.
    TreeMap<ByteString, MultipartUpload> rows =
        new TreeMap<>(ByteString.unsignedLexicographicalComparator());
    for (Upload upload : uploads.values()) {
      rows.put(
          row(upload.description.getKey(), upload.description.getUploadId()), upload.description);
    }
    ByteString after = list.getKeyMarker();
    if (!after.isEmpty()
        && !(after.endsWith(list.getDelimiter()) && !list.getDelimiter().isEmpty())) {
      String id = list.getUploadIdMarker();
      after =
          id.isEmpty()
              ? after.concat(ByteString.copyFrom(new byte[] {0, (byte) 0xff}))
              : row(after.toStringUtf8(), id);
    }
    KeyPages.Page<MultipartUpload> found =
        KeyPages.list(rows, list.getPrefix(), list.getDelimiter(), after, list.getMax());
    UploadPage.Builder page =
        UploadPage.newBuilder()
            .addAllUploads(found.entries)
            .addAllCommonPrefixes(found.commonPrefixes)
            .setTruncated(found.truncated);
    if (found.truncated) {
      int zero = indexOfZero(found.next);
      page.setNextKey(zero < 0 ? found.next : found.next.substring(0, zero));
      page.setNextUploadId(zero < 0 ? "" : found.next.substring(zero + 1).toStringUtf8());
    }
    return Answer.newBuilder().setUploads(page).build();
  }

  private static ByteString row(String key, String uploadId) {
    return ByteString.copyFromUtf8(key + '\0' + uploadId);
  }

  private static int indexOfZero(ByteString row) {
    for (int i = 0; i < row.size(); i++) {
      if (row.byteAt(i) == 0) {
        return i;
      }
    }
    return -1;
  }

  private Upload find(ByteString key, String uploadId) {
    @Nullable Upload upload = uploads.get(uploadId);
    if (upload == null || !upload.description.getKey().equals(key.toStringUtf8())) {
      throw refused(RefusalCode.NO_SUCH_UPLOAD);
    }
    return upload;
  }

  private Outcome done() {
    return Outcome.newBuilder().setPosition(log.next()).setDone(Done.getDefaultInstance()).build();
  }

  private static String hex(ByteString bytes) {
    return HexFormat.of().formatHex(bytes.toByteArray());
  }

  private static MessageDigest newMd5() {
    try {
      return MessageDigest.getInstance("MD5");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("MD5 is part of every JDK", e);
    }
  }
}

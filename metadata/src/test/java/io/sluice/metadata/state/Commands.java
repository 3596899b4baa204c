package io.sluice.metadata.state;

import com.google.protobuf.ByteString;
import io.sluice.storage.chunk.ChunkId;
import io.sluice.storage.proto.AbortUpload;
import io.sluice.storage.proto.AccessKey;
import io.sluice.storage.proto.Account;
import io.sluice.storage.proto.ChecksumAlgorithm;
import io.sluice.storage.proto.ChecksumType;
import io.sluice.storage.proto.ChunkSlice;
import io.sluice.storage.proto.ClientPart;
import io.sluice.storage.proto.Command;
import io.sluice.storage.proto.CompleteUpload;
import io.sluice.storage.proto.CopyObject;
import io.sluice.storage.proto.CreateBucket;
import io.sluice.storage.proto.CreateUpload;
import io.sluice.storage.proto.DeleteObject;
import io.sluice.storage.proto.DeleteObjects;
import io.sluice.storage.proto.EndHold;
import io.sluice.storage.proto.ForgetGarbage;
import io.sluice.storage.proto.Garbage;
import io.sluice.storage.proto.GarbagePage;
import io.sluice.storage.proto.HoldHistory;
import io.sluice.storage.proto.LogPosition;
import io.sluice.storage.proto.MarkBucketDeleting;
import io.sluice.storage.proto.MultipartUpload;
import io.sluice.storage.proto.ObjectHeaders;
import io.sluice.storage.proto.ObjectVersion;
import io.sluice.storage.proto.Part;
import io.sluice.storage.proto.Pin;
import io.sluice.storage.proto.PutAccount;
import io.sluice.storage.proto.PutObject;
import io.sluice.storage.proto.PutPart;
import io.sluice.storage.proto.RaiseOrphanHorizon;
import io.sluice.storage.proto.RemoveAccount;
import io.sluice.storage.proto.RemoveBucket;
import io.sluice.storage.proto.SealBucket;
import io.sluice.storage.proto.SetHistoryWindow;
import io.sluice.storage.proto.TrimHistory;
import io.sluice.storage.proto.UnmarkBucketDeleting;
import io.sluice.storage.proto.Unpin;
import io.sluice.storage.proto.WriteCondition;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;

/** Commands, as gateways make them. */
final class Commands {
  static final long BUCKET = 7;
  static final long MIB = 1 << 20;

  private Commands() {}

  static ByteString key(String key) {
    return ByteString.copyFromUtf8(key);
  }

  static ByteString chunk(long stampMs, long number) {
    return ChunkId.of(0, (int) (number % 256), stampMs, number).toByteString();
  }

  static ByteString md5(ByteString content) {
    try {
      return ByteString.copyFrom(MessageDigest.getInstance("MD5").digest(content.toByteArray()));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
  }

  static String hex(ByteString bytes) {
    return HexFormat.of().formatHex(bytes.toByteArray());
  }

  /** A body of one chunk, or of several of the same length. */
  static Part chunked(long size, ByteString... chunks) {
    Part.Builder part =
        Part.newBuilder()
            .setSize(size)
            .setMd5(md5(chunks.length == 0 ? ByteString.EMPTY : chunks[0]));
    for (ByteString chunk : chunks) {
      part.addSlices(
          ChunkSlice.newBuilder().setChunkId(chunk).setLength((int) (size / chunks.length)));
    }
    return part.build();
  }

  static Part inline(ByteString data) {
    return Part.newBuilder().setSize(data.size()).setMd5(md5(data)).setInline(true).build();
  }

  static PutObject.Builder put(String key, Part part) {
    return PutObject.newBuilder()
        .setBucketId(BUCKET)
        .setKey(key(key))
        .setObject(
            ObjectVersion.newBuilder()
                .setEtag(hex(part.getMd5()))
                .setOwner("owner")
                .setStorageClass("STANDARD")
                .setHeaders(ObjectHeaders.newBuilder().setContentType("text/plain")))
        .setPart(part);
  }

  static Command.Builder putObject(PutObject.Builder put) {
    return Command.newBuilder().setPutObject(put);
  }

  static Command.Builder putChunks(String key, ByteString... chunks) {
    return putObject(put(key, chunked(MIB * chunks.length, chunks)));
  }

  static Command.Builder putInline(String key, String text) {
    ByteString data = ByteString.copyFromUtf8(text);
    return putObject(put(key, inline(data)).setInlineData(data));
  }

  static WriteCondition ifAbsent() {
    return WriteCondition.newBuilder().setIfAbsent(true).build();
  }

  static WriteCondition ifMatch(String... etags) {
    return WriteCondition.newBuilder().addAllIfMatch(List.of(etags)).build();
  }

  static CopyObject.Builder copy(String from, String to) {
    return CopyObject.newBuilder()
        .setSourceBucketId(BUCKET)
        .setSourceKey(key(from))
        .setBucketId(BUCKET)
        .setKey(key(to))
        .setOwner("copier")
        .setStorageClass("STANDARD");
  }

  static Command.Builder copyObject(CopyObject.Builder copy) {
    return Command.newBuilder().setCopyObject(copy);
  }

  static Command.Builder delete(String key) {
    return Command.newBuilder().setDeleteObject(deletion(key).setBucketId(BUCKET));
  }

  static DeleteObject.Builder deletion(String key) {
    return DeleteObject.newBuilder().setKey(key(key));
  }

  static Command.Builder deleteAll(List<DeleteObject> objects) {
    return Command.newBuilder()
        .setDeleteObjects(DeleteObjects.newBuilder().setBucketId(BUCKET).addAllObjects(objects));
  }

  static Command.Builder createUpload(String key, String id) {
    return createUpload(key, id, ChecksumAlgorithm.CHECKSUM_NONE, ChecksumType.FULL_OBJECT);
  }

  static Command.Builder createUpload(
      String key, String id, ChecksumAlgorithm algorithm, ChecksumType type) {
    return Command.newBuilder()
        .setCreateUpload(
            CreateUpload.newBuilder()
                .setBucketId(BUCKET)
                .setUpload(
                    MultipartUpload.newBuilder()
                        .setKey(key)
                        .setUploadId(id)
                        .setOwner("owner")
                        .setChecksumAlgorithm(algorithm)
                        .setChecksumType(type)));
  }

  static Command.Builder putPart(String key, String id, int number, Part part) {
    return Command.newBuilder()
        .setPutPart(
            PutPart.newBuilder()
                .setBucketId(BUCKET)
                .setKey(key(key))
                .setUploadId(id)
                .setNumber(number)
                .setPart(part));
  }

  static CompleteUpload.Builder completion(String key, String id, ClientPart... parts) {
    return CompleteUpload.newBuilder()
        .setBucketId(BUCKET)
        .setKey(key(key))
        .setUploadId(id)
        .addAllParts(List.of(parts));
  }

  static Command.Builder complete(CompleteUpload.Builder completion) {
    return Command.newBuilder().setCompleteUpload(completion);
  }

  static ClientPart clientPart(int number, Part part) {
    return ClientPart.newBuilder().setNumber(number).setEtag(hex(part.getMd5())).build();
  }

  static Command.Builder abort(String key, String id) {
    return Command.newBuilder()
        .setAbortUpload(
            AbortUpload.newBuilder().setBucketId(BUCKET).setKey(key(key)).setUploadId(id));
  }

  static Command.Builder createBucket(String name, String owner) {
    return Command.newBuilder()
        .setCreateBucket(CreateBucket.newBuilder().setName(name).setOwner(owner).setShard(1));
  }

  static Command.Builder mark(long id, String name) {
    return Command.newBuilder()
        .setMarkBucketDeleting(MarkBucketDeleting.newBuilder().setBucketId(id).setName(name));
  }

  static Command.Builder unmark(long id, String name) {
    return Command.newBuilder()
        .setUnmarkBucketDeleting(UnmarkBucketDeleting.newBuilder().setBucketId(id).setName(name));
  }

  static Command.Builder remove(long id, String name) {
    return Command.newBuilder()
        .setRemoveBucket(RemoveBucket.newBuilder().setBucketId(id).setName(name));
  }

  static Command.Builder seal(long id) {
    return Command.newBuilder().setSealBucket(SealBucket.newBuilder().setBucketId(id));
  }

  static Command.Builder putAccount(String name, String id, String accessKey) {
    return Command.newBuilder()
        .setPutAccount(
            PutAccount.newBuilder()
                .setAccount(
                    Account.newBuilder()
                        .setName(name)
                        .setId(id)
                        .addKeys(AccessKey.newBuilder().setAccessKey(accessKey))));
  }

  static Command.Builder removeAccount(String name) {
    return Command.newBuilder().setRemoveAccount(RemoveAccount.newBuilder().setName(name));
  }

  static Command.Builder raiseHorizon(long ms) {
    return Command.newBuilder()
        .setRaiseOrphanHorizon(RaiseOrphanHorizon.newBuilder().setHorizonMs(ms));
  }

  static Command.Builder forget(GarbagePage page) {
    ForgetGarbage.Builder forget = ForgetGarbage.newBuilder();
    for (Garbage item : page.getItemsList()) {
      forget.addIds(item.getId());
    }
    return Command.newBuilder().setForgetGarbage(forget);
  }

  static Command.Builder window(long ms) {
    return Command.newBuilder().setSetHistoryWindow(SetHistoryWindow.newBuilder().setWindowMs(ms));
  }

  static Command.Builder pin(String id) {
    return Command.newBuilder().setPin(Pin.newBuilder().setId(id));
  }

  static Command.Builder unpin(String id) {
    return Command.newBuilder().setUnpin(Unpin.newBuilder().setId(id));
  }

  static Command.Builder hold(String id, LogPosition at, int renewMs) {
    return Command.newBuilder()
        .setHoldHistory(HoldHistory.newBuilder().setId(id).setAt(at).setRenewMs(renewMs));
  }

  static Command.Builder endHold(String id) {
    return Command.newBuilder().setEndHold(EndHold.newBuilder().setId(id));
  }

  static Command.Builder trimHistory(int max) {
    return Command.newBuilder()
        .setTrimHistory(TrimHistory.newBuilder().setBeforeMs(Long.MAX_VALUE).setMax(max));
  }

  static ByteString number(long value, int length) {
    byte[] all = ByteBuffer.allocate(Long.BYTES).putLong(value).array();
    return ByteString.copyFrom(all, Long.BYTES - length, length);
  }
}

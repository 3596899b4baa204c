package io.sluice.metadata.state.command;

import com.google.protobuf.ByteString;
import io.sluice.metadata.state.row.Family;
import io.sluice.metadata.state.row.KeyCodec;
import io.sluice.metadata.state.row.Transaction;
import io.sluice.storage.chunk.ChunkId;
import io.sluice.storage.proto.ChunkSlice;
import io.sluice.storage.proto.GarbageRow;
import io.sluice.storage.proto.InlineContent;
import io.sluice.storage.proto.LogPosition;
import io.sluice.storage.proto.Manifest;
import io.sluice.storage.proto.ObjectVersion;
import io.sluice.storage.proto.Part;
import io.sluice.storage.proto.PartList;
import io.sluice.storage.proto.PartRef;
import io.sluice.storage.proto.RefusalCode;
import io.sluice.storage.proto.UploadedPart;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;

/**
 * What objects consist of, and who refers to it.
 *
 * <p>A plain object of more than a few bytes has a manifest with its chunks; a completed upload has
 * one with its parts, each a row of its own. Copies share a manifest; when nothing refers to it any
 * more it becomes garbage, which keeps its rows until its chunks are gone from every replica. That
 * is one row whatever its size: forgetting goes on from there in steps. A small plain object owns
 * its bytes alone, has no chunks, and leaves no garbage.
 *
 * <p>A chunk is named by exactly one manifest or part, from its first reference until it is
 * forgotten.
 */
final class Contents {
  /** Slices of one part: 5 GiB in chunks of 4 MiB are 1,280. */
  static final int SLICES_MAX = 10_000;

  private final ApplyContext context;
  private final Transaction rows;

  Contents(ApplyContext context) {
    this.context = context;
    this.rows = context.rows();
  }

  /** Adds the content of a plain object, under the command's position. */
  void addObject(Part part, ByteString inlineData) throws RefusedException {
    check(part, inlineData);
    byte[] id = KeyCodec.position(context.position());
    if (part.getInline()) {
      rows.put(
          Family.INLINE, id, InlineContent.newBuilder().setPart(part).setData(inlineData).build());
    } else {
      nameChunks(part, id);
      rows.put(Family.MANIFESTS, id, Manifest.newBuilder().setWhole(part).build());
    }
  }

  /** Adds a part of an upload, under the command's position. */
  void addPart(Part part, ByteString inlineData) throws RefusedException {
    check(part, inlineData);
    byte[] id = KeyCodec.position(context.position());
    if (part.getInline()) {
      rows.put(Family.INLINE, id, InlineContent.newBuilder().setData(inlineData).build());
    } else {
      nameChunks(part, id);
    }
    rows.put(Family.PARTS, id, part);
  }

  /** Adds the content of a completed upload, under the command's position. */
  void addParts(List<UploadedPart> parts) {
    PartList.Builder list = PartList.newBuilder();
    for (UploadedPart part : parts) {
      list.addParts(
          PartRef.newBuilder()
              .setId(part.getId())
              .setNumber(part.getNumber())
              .setSize(part.getSize())
              .addAllChecksums(part.getChecksumsList()));
    }
    rows.put(
        Family.MANIFESTS,
        KeyCodec.position(context.position()),
        Manifest.newBuilder().setParts(list).build());
  }

  /**
   * A version at the command's position that has the content of another; to be made before what it
   * replaces is released, which may be the same.
   */
  ObjectVersion.Builder copyOf(ObjectVersion source) {
    ObjectVersion.Builder copy = source.toBuilder();
    if (source.getInline()) {
      copyInline(source);
      return copy.setManifest(context.position());
    }
    share(source.getManifest());
    return copy;
  }

  /** A small plain object's bytes are owned by one version alone. */
  private void copyInline(ObjectVersion source) {
    byte[] bytes = rows.get(Family.INLINE, KeyCodec.position(source.getManifest()));
    if (bytes == null) {
      throw new IllegalStateException("no inline bytes at " + source.getManifest());
    }
    rows.put(Family.INLINE, KeyCodec.position(context.position()), bytes);
  }

  /** One more version refers to a manifest. */
  private void share(LogPosition manifest) {
    byte[] key = KeyCodec.references(manifest);
    rows.put(Family.MANIFESTS, key, count(references(key) + 1));
  }

  /** A version is gone or replaced. */
  void release(ObjectVersion version) {
    LogPosition manifest = version.getManifest();
    if (version.getInline()) {
      rows.delete(Family.INLINE, KeyCodec.position(manifest));
      return;
    }
    byte[] key = KeyCodec.references(manifest);
    long references = references(key);
    if (references > 2) {
      rows.put(Family.MANIFESTS, key, count(references - 1));
    } else if (references == 2) {
      rows.delete(Family.MANIFESTS, key);
    } else {
      addGarbage(manifest, GarbageRow.Kind.MANIFEST, ByteString.EMPTY);
    }
  }

  /** A part of an upload is replaced or left out. */
  void releasePart(LogPosition part) {
    addGarbage(part, GarbageRow.Kind.PART, ByteString.EMPTY);
  }

  /**
   * Uploads are dropped: their parts are the rows of UPLOAD_PARTS that begin with {@code prefix}.
   */
  void releaseUploadParts(byte[] prefix) {
    addGarbage(context.position(), GarbageRow.Kind.UPLOAD_PARTS, ByteString.copyFrom(prefix));
  }

  private void addGarbage(LogPosition id, GarbageRow.Kind kind, ByteString prefix) {
    rows.put(
        Family.GARBAGE,
        KeyCodec.garbage(context.nowMs(), id),
        GarbageRow.newBuilder().setKind(kind).setPrefix(prefix).build());
    context.header().setGarbage(context.header().getGarbage() + 1);
  }

  private void check(Part part, ByteString inlineData) throws RefusedException {
    if (part.getInline()) {
      // Encrypted bytes are longer than plain ones.
      boolean encrypted = !part.getWrappedKey().isEmpty();
      if (part.getSlicesCount() > 0 || (!encrypted && inlineData.size() != part.getSize())) {
        throw ApplyContext.invalid("An inline part has its bytes and no chunks.");
      }
      return;
    }
    if (part.getSlicesCount() > SLICES_MAX) {
      throw new RefusedException(RefusalCode.TOO_MANY, "A part has at most 10000 slices.");
    }
    long sum = 0;
    for (ChunkSlice slice : part.getSlicesList()) {
      sum += Integer.toUnsignedLong(slice.getLength());
    }
    if (!inlineData.isEmpty() || sum != part.getSize()) {
      throw ApplyContext.invalid("The slices of a part add up to its size.");
    }
  }

  /**
   * Names the chunks of a part. A chunk from before the horizon may have been taken for an orphan
   * and be deleted by now, so it can't be named any more (INVARIANTS 2); one that is named already
   * belongs to someone else.
   */
  private void nameChunks(Part part, byte[] owner) throws RefusedException {
    for (ChunkSlice slice : part.getSlicesList()) {
      ByteString id = slice.getChunkId();
      if (id.size() != ChunkId.LENGTH) {
        throw ApplyContext.invalid("A chunk id has 16 bytes.");
      }
      byte[] key = id.toByteArray();
      byte[] namedBy = rows.get(Family.CHUNKS, key);
      if (namedBy == null) {
        if (ChunkId.from(id).stampMs() < context.header().getOrphanHorizonMs()) {
          throw new RefusedException(
              RefusalCode.CHUNK_BELOW_HORIZON,
              "The upload took too long: its data may have been collected. Please try again.");
        }
        rows.put(Family.CHUNKS, key, owner);
      } else if (!Arrays.equals(namedBy, owner)) {
        throw ApplyContext.invalid("A chunk belongs to another object already.");
      }
    }
  }

  private long references(byte[] key) {
    byte[] value = rows.get(Family.MANIFESTS, key);
    return value == null ? 1 : ByteBuffer.wrap(value).getLong();
  }

  private static byte[] count(long references) {
    return ByteBuffer.allocate(Long.BYTES).putLong(references).array();
  }
}

package io.sluice.metadata.state.command;

import com.google.protobuf.ByteString;
import io.sluice.metadata.state.row.Family;
import io.sluice.metadata.state.row.GarbageProgress;
import io.sluice.metadata.state.row.KeyCodec;
import io.sluice.metadata.state.row.RowCursor;
import io.sluice.metadata.state.row.Rows;
import io.sluice.metadata.state.row.Transaction;
import io.sluice.storage.proto.ChunkSlice;
import io.sluice.storage.proto.GarbageRow;
import io.sluice.storage.proto.LogPosition;
import io.sluice.storage.proto.Manifest;
import io.sluice.storage.proto.Part;
import io.sluice.storage.proto.PartRef;
import io.sluice.storage.proto.UploadedPart;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One row of garbage, as far as it is being forgotten: first read, then removed. */
final class ForgottenGarbage {
  private final byte[] key;

  /** What the row is afterwards; null: it is gone. */
  private @Nullable GarbageRow remainder;

  private @Nullable LogPosition manifest;
  private final List<ByteString> chunks = new ArrayList<>();
  private final List<LogPosition> parts = new ArrayList<>();
  private final List<byte[]> uploadParts = new ArrayList<>();

  private ForgottenGarbage(byte[] key) {
    this.key = key;
  }

  /**
   * Finds the rows to remove.
   *
   * @param through as {@link GarbageProgress} has it; empty: all
   */
  static ForgottenGarbage read(Rows rows, byte[] key, GarbageRow row, ByteString through) {
    ForgottenGarbage forgotten = new ForgottenGarbage(key);
    LogPosition id = KeyCodec.garbageId(key);
    switch (row.getKind()) {
      case MANIFEST -> forgotten.readManifest(rows, id, row, through);
      case PART -> forgotten.readPart(rows, id);
      case UPLOAD_PARTS -> forgotten.readUploadParts(rows, row, through);
      case UNRECOGNIZED -> throw new IllegalStateException("garbage of a kind that is not known");
    }
    return forgotten;
  }

  private void readManifest(Rows rows, LogPosition id, GarbageRow row, ByteString through) {
    Manifest found = rows.get(Family.MANIFESTS, KeyCodec.position(id), Manifest.parser());
    if (found == null) {
      return;
    }
    addChunks(found.getWhole());
    List<PartRef> all = found.getParts().getPartsList();
    int from = row.getPartsForgotten();
    int to = through.isEmpty() ? all.size() : Math.min(GarbageProgress.parts(through), all.size());
    for (int i = from; i < to; i++) {
      readPart(rows, all.get(i).getId());
    }
    if (to < all.size()) {
      remainder = row.toBuilder().setPartsForgotten(Math.max(from, to)).build();
    } else {
      manifest = id;
    }
  }

  private void readPart(Rows rows, LogPosition id) {
    Part part = rows.get(Family.PARTS, KeyCodec.position(id), Part.parser());
    if (part != null) {
      addChunks(part);
      parts.add(id);
    }
  }

  private void readUploadParts(Rows rows, GarbageRow row, ByteString through) {
    byte[] last = through.toByteArray();
    try (RowCursor cursor = rows.scanPrefix(Family.UPLOAD_PARTS, row.getPrefix().toByteArray())) {
      for (; cursor.isValid(); cursor.next()) {
        if (last.length > 0 && Arrays.compareUnsigned(cursor.key(), last) > 0) {
          remainder = row;
          return;
        }
        uploadParts.add(cursor.key());
        readPart(rows, Rows.parse(UploadedPart.parser(), cursor.value()).getId());
      }
    }
  }

  private void addChunks(Part part) {
    for (ChunkSlice slice : part.getSlicesList()) {
      chunks.add(slice.getChunkId());
    }
  }

  /** Removes what was found. */
  void remove(ApplyContext context) {
    Transaction rows = context.rows();
    chunks.forEach(id -> rows.delete(Family.CHUNKS, id.toByteArray()));
    for (LogPosition part : parts) {
      rows.delete(Family.PARTS, KeyCodec.position(part));
      rows.delete(Family.INLINE, KeyCodec.position(part));
    }
    uploadParts.forEach(row -> rows.delete(Family.UPLOAD_PARTS, row));
    if (manifest != null) {
      rows.delete(Family.MANIFESTS, KeyCodec.position(manifest));
    }
    if (remainder != null) {
      rows.put(Family.GARBAGE, key, remainder);
    } else if (rows.get(Family.GARBAGE, key) != null) {
      rows.delete(Family.GARBAGE, key);
      context.header().setGarbage(context.header().getGarbage() - 1);
    }
  }
}

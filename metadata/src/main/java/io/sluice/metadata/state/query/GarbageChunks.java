package io.sluice.metadata.state.query;

import io.sluice.metadata.state.row.Family;
import io.sluice.metadata.state.row.GarbageProgress;
import io.sluice.metadata.state.row.KeyCodec;
import io.sluice.metadata.state.row.RowCursor;
import io.sluice.metadata.state.row.Rows;
import io.sluice.storage.proto.ChunkSlice;
import io.sluice.storage.proto.Garbage;
import io.sluice.storage.proto.GarbageId;
import io.sluice.storage.proto.GarbageRow;
import io.sluice.storage.proto.LogPosition;
import io.sluice.storage.proto.Manifest;
import io.sluice.storage.proto.Part;
import io.sluice.storage.proto.PartRef;
import io.sluice.storage.proto.UploadedPart;
import java.util.List;

/** Collects the chunks of items of garbage until a page is full. */
final class GarbageChunks {
  /** A page ends with the part in which this is reached. */
  private static final int CHUNKS_MAX = 10_000;

  /** Parts that are looked at for a page, as many may have no chunks. */
  private static final int PARTS_MAX = 10_000;

  private final Rows rows;
  private int chunks;
  private int parts;

  GarbageChunks(Rows rows) {
    this.rows = rows;
  }

  boolean isFull() {
    return chunks >= CHUNKS_MAX || parts >= PARTS_MAX;
  }

  /** One item, or as much of it as there is room for: at least one part. */
  Garbage take(byte[] key, GarbageRow row) {
    LogPosition id = KeyCodec.garbageId(key);
    Garbage.Builder item = Garbage.newBuilder().setComplete(true);
    item.setId(GarbageId.newBuilder().setDereferencedMs(KeyCodec.garbageMs(key)).setId(id));
    switch (row.getKind()) {
      case MANIFEST -> takeManifest(id, row, item);
      case PART -> takePart(id, item);
      case UPLOAD_PARTS -> takeUploadParts(row, item);
      case UNRECOGNIZED -> throw new IllegalStateException("garbage of a kind that is not known");
    }
    return item.build();
  }

  private void takeManifest(LogPosition id, GarbageRow row, Garbage.Builder item) {
    Manifest manifest = rows.get(Family.MANIFESTS, KeyCodec.position(id), Manifest.parser());
    if (manifest == null) {
      return;
    }
    takeChunks(manifest.getWhole(), item);
    List<PartRef> all = manifest.getParts().getPartsList();
    for (int i = row.getPartsForgotten(); i < all.size(); i++) {
      takePart(all.get(i).getId(), item);
      if (isFull() && i + 1 < all.size()) {
        item.setComplete(false);
        item.getIdBuilder().setThrough(GarbageProgress.throughParts(i + 1));
        return;
      }
    }
  }

  private void takeUploadParts(GarbageRow row, Garbage.Builder item) {
    try (RowCursor cursor = rows.scanPrefix(Family.UPLOAD_PARTS, row.getPrefix().toByteArray())) {
      while (cursor.isValid()) {
        takePart(Rows.parse(UploadedPart.parser(), cursor.value()).getId(), item);
        byte[] last = cursor.key();
        cursor.next();
        if (isFull() && cursor.isValid()) {
          item.setComplete(false);
          item.getIdBuilder().setThrough(GarbageProgress.throughRow(last));
          return;
        }
      }
    }
  }

  private void takePart(LogPosition id, Garbage.Builder item) {
    parts++;
    Part part = rows.get(Family.PARTS, KeyCodec.position(id), Part.parser());
    if (part != null) {
      takeChunks(part, item);
    }
  }

  private void takeChunks(Part part, Garbage.Builder item) {
    for (ChunkSlice slice : part.getSlicesList()) {
      item.addChunkIds(slice.getChunkId());
      chunks++;
    }
  }
}

package io.sluice.recovery.job;

import io.sluice.storage.chunk.ChunkId;
import io.sluice.storage.proto.BackupRow;
import io.sluice.storage.proto.ChunkSlice;
import io.sluice.storage.proto.Manifest;
import io.sluice.storage.proto.ObjectState;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** What rows of a backup refer to. */
final class RowChunks {
  private RowChunks() {}

  /** The chunks that rows name, in their order. */
  static Set<ChunkId> of(List<BackupRow> rows) {
    Set<ChunkId> ids = new LinkedHashSet<>();
    for (BackupRow row : rows) {
      slices(row).forEach(slice -> ids.add(ChunkId.from(slice.getChunkId())));
    }
    return ids;
  }

  private static Stream<ChunkSlice> slices(BackupRow row) {
    return switch (row.getRowCase()) {
      case OBJECT -> slices(row.getObject());
      case PART -> row.getPart().getPart().getSlicesList().stream();
      default -> Stream.empty();
    };
  }

  private static Stream<ChunkSlice> slices(ObjectState object) {
    Manifest manifest = object.getManifest();
    return manifest.hasWhole() ? manifest.getWhole().getSlicesList().stream() : Stream.empty();
  }
}

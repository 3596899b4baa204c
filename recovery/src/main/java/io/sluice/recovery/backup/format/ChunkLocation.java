package io.sluice.recovery.backup.format;

import io.sluice.storage.chunk.ChunkId;
import java.util.Comparator;

/**
 * Where a chunk's record is.
 *
 * @param offset in the pack's plain bytes
 * @param length of the record, head and all
 */
public record ChunkLocation(ChunkId chunk, PackFile pack, int offset, int length) {
  /** As they lie in packs: what is read in this order is read from one end to the other. */
  public static final Comparator<ChunkLocation> IN_PACKS =
      Comparator.comparing((ChunkLocation location) -> location.pack().id())
          .thenComparingInt(ChunkLocation::offset);
}

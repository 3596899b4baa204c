package io.sluice.storage.chunk;

import java.util.List;
import java.util.UUID;

/**
 * The head of a chunk record: everything about a chunk but its bytes. See {@link ChunkRecord} for
 * the layout.
 *
 * @param id the chunk, or the chunk that a tombstone deletes
 * @param clusterId the cluster this belongs to: a disk of another cluster is told apart
 * @param tombstone whether this records a deletion; then there are no frames
 * @param plainLength bytes before compression, 0 to {@link ChunkRecord#PLAIN_MAX}
 * @param frames in order; each but the last holds {@link ChunkRecord#FRAME_PLAIN} plain bytes
 */
public record ChunkHeader(
    ChunkId id, UUID clusterId, boolean tombstone, int plainLength, List<ChunkFrame> frames) {

  public ChunkHeader {
    frames = List.copyOf(frames);
  }

  /** Bytes of the fixed head and the frame table. */
  public int headLength() {
    return ChunkRecord.headLength(frames.size());
  }

  /** Bytes of all frames as stored. */
  public int bodyLength() {
    int sum = 0;
    for (ChunkFrame frame : frames) {
      sum += frame.storedLength();
    }
    return sum;
  }

  /** Bytes of the whole record. */
  public int recordLength() {
    return headLength() + bodyLength();
  }

  /** Plain bytes in a frame. */
  public int framePlainLength(int frame) {
    int before = frame * ChunkRecord.FRAME_PLAIN;
    return Math.min(ChunkRecord.FRAME_PLAIN, plainLength - before);
  }
}

package io.sluice.storage.verticle;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.sluice.storage.StorageFailure;
import io.sluice.storage.chunk.ChunkFrame;
import io.sluice.storage.chunk.ChunkHeader;
import io.sluice.storage.chunk.ChunkId;
import io.sluice.storage.chunk.ChunkRecord;
import io.sluice.storage.chunk.StoredFrames;
import io.sluice.storage.verticle.index.ChunkIndex;
import io.sluice.storage.verticle.index.IndexEntry;
import io.sluice.storage.verticle.index.IndexEntry.Stored;
import java.io.IOException;
import java.util.List;
import java.util.UUID;

/** Reads frames of a chunk: one look into the index and one read of the file. */
final class ReadTask {
  /** The chunk may move to another segment between the two; more often than this it does not. */
  private static final int ATTEMPTS = 8;

  private final ChunkIndex index;
  private final SegmentSet segments;
  private final UUID clusterId;
  private final Quarantine quarantine;

  ReadTask(ChunkIndex index, SegmentSet segments, UUID clusterId, Quarantine quarantine) {
    this.index = index;
    this.segments = segments;
    this.clusterId = clusterId;
    this.quarantine = quarantine;
  }

  /**
   * Reads and checks; blocks.
   *
   * @throws StorageFailure.ChunkNotFound when the chunk is not here
   * @throws StorageFailure.ChunkDamaged when its bytes are not what was written
   */
  StoredFrames read(ChunkId id, int firstFrame, int frameCount) throws IOException {
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      IndexEntry entry = index.get(id);
      if (!(entry instanceof Stored place)) {
        throw new StorageFailure.ChunkNotFound(
            entry == null ? "chunk " + id + " is not here" : "chunk " + id + " was deleted");
      }
      if (place.damaged()) {
        throw new StorageFailure.ChunkDamaged("chunk " + id + " is damaged here", null);
      }
      Segment segment = segments.acquire(place.segment());
      if (segment != null) {
        try {
          return read(segment, id, place, firstFrame, frameCount);
        } finally {
          segment.release();
        }
      }
    }
    throw new StorageFailure.ChunkDamaged("the segment of chunk " + id + " is missing", null);
  }

  private StoredFrames read(
      Segment segment, ChunkId id, Stored place, int firstFrame, int frameCount) {
    List<ChunkFrame> all = place.frames();
    int from = Math.min(firstFrame, all.size());
    List<ChunkFrame> wanted = all.subList(from, Math.min(all.size(), from + frameCount));
    long at = place.offset() + (long) ChunkRecord.headLength(all.size()) + length(all, from);
    int length = length(wanted, wanted.size());
    ByteBuf bytes = PooledByteBufAllocator.DEFAULT.directBuffer(Math.max(1, length));
    boolean right = false;
    try {
      bytes.writerIndex(length);
      // A second look: memory and buses fail too, and a quarantined copy is gone for good.
      for (int look = 0; look < 2 && !right; look++) {
        right = readOnce(segment, bytes, at, wanted);
      }
    } catch (IOException e) {
      throw new StorageFailure.ChunkDamaged("chunk " + id + " can't be read", e);
    } finally {
      if (!right) {
        bytes.release();
      }
    }
    if (!right) {
      quarantine.add(id, place);
      throw new StorageFailure.ChunkDamaged("chunk " + id + " does not match its CRC32C", null);
    }
    ChunkHeader header = new ChunkHeader(id, clusterId, false, place.plainLength(), all);
    return new StoredFrames(header, from, wanted.size(), bytes);
  }

  private static boolean readOnce(Segment segment, ByteBuf bytes, long at, List<ChunkFrame> frames)
      throws IOException {
    int length = bytes.readableBytes();
    return segment.file().read(bytes.nioBuffer(0, length), at) == length
        && RecordScanner.framesMatch(frames, bytes);
  }

  private static int length(List<ChunkFrame> frames, int count) {
    int sum = 0;
    for (int i = 0; i < count; i++) {
      sum += frames.get(i).storedLength();
    }
    return sum;
  }
}

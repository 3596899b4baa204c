package io.sluice.cluster.heal;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.sluice.storage.Pace;
import io.sluice.storage.StorageFailure;
import io.sluice.storage.VertxUni;
import io.sluice.storage.chunk.ChunkHeader;
import io.sluice.storage.chunk.ChunkId;
import io.sluice.storage.chunk.ChunkRecord;
import io.sluice.storage.chunk.ChunkReplica;
import io.sluice.storage.chunk.EncodedChunk;
import io.sluice.storage.chunk.StoredFrames;
import io.smallrye.mutiny.Uni;
import java.time.Duration;
import java.util.List;

/**
 * Copies one chunk from a replica that has it to one that lacks it, as it is stored: nothing is
 * decompressed, and both ends check it against its CRC32C.
 */
final class ChunkCopy {
  private final Pace bytes;
  private final Duration callLimit;
  private final HealMeters meters;

  ChunkCopy(Pace bytes, Duration callLimit, HealMeters meters) {
    this.bytes = bytes;
    this.callLimit = callLimit;
    this.meters = meters;
  }

  /**
   * Copies a chunk.
   *
   * @param sources whom to ask, first to last; one at least
   * @return whether it is there now; false when it was deleted meanwhile, at the target or at all
   *     sources, and so must not come back
   */
  Uni<Boolean> copy(
      ChunkId id, List<ChunkReplica> sources, ChunkReplica target, long layoutVersion) {
    return read(id, sources, 0)
        .flatMap(frames -> store(frames, target, layoutVersion))
        .onFailure(StorageFailure.ChunkNotFound.class)
        .recoverWithItem(false);
  }

  private Uni<StoredFrames> read(ChunkId id, List<ChunkReplica> sources, int next) {
    // Without a limit of its own: an answer that came too late would never be released. Replicas
    // have their own deadlines.
    Uni<StoredFrames> asked =
        VertxUni.of(() -> sources.get(next).read(id, 0, ChunkRecord.FRAMES_MAX));
    if (next + 1 == sources.size()) {
      return asked;
    }
    // Only if nobody has it any more was it deleted: one that could not be asked may have it.
    return asked
        .onFailure()
        .recoverWithUni(
            first ->
                read(id, sources, next + 1)
                    .onFailure(StorageFailure.ChunkNotFound.class)
                    .transform(last -> first));
  }

  private Uni<Boolean> store(StoredFrames frames, ChunkReplica target, long layoutVersion) {
    EncodedChunk chunk = record(frames);
    int length = chunk.record().readableBytes();
    return bytes
        .take(length)
        .chain(
            () ->
                VertxUni.of(() -> target.write(chunk, layoutVersion))
                    .ifNoItem()
                    .after(callLimit)
                    .fail())
        .invoke(
            () -> {
              meters.chunksCopied.incrementAndGet();
              meters.bytesCopied.addAndGet(length);
            })
        .replaceWith(true)
        .onTermination()
        .invoke(() -> chunk.release());
  }

  /** The record as its writer made it: head and table are determined by the header. */
  private static EncodedChunk record(StoredFrames frames) {
    ChunkHeader header = frames.header();
    ByteBuf stored = frames.stored();
    try {
      ByteBuf record = PooledByteBufAllocator.DEFAULT.directBuffer(header.recordLength());
      record.writerIndex(header.headLength());
      ChunkRecord.writeHead(header, record.nioBuffer(0, header.headLength()));
      record.writeBytes(stored, stored.readerIndex(), stored.readableBytes());
      return new EncodedChunk(header, record);
    } finally {
      stored.release();
    }
  }
}

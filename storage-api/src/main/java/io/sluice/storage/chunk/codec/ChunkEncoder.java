package io.sluice.storage.chunk.codec;

import io.netty.buffer.ByteBuf;
import io.sluice.storage.chunk.ChunkFrame;
import io.sluice.storage.chunk.ChunkHeader;
import io.sluice.storage.chunk.ChunkId;
import io.sluice.storage.chunk.ChunkRecord;
import io.sluice.storage.chunk.EncodedChunk;
import io.sluice.storage.chunk.StoredFrames;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/**
 * Makes chunk records of plain bytes: cuts frames, compresses each straight into the record or
 * copies it there, and sums it. The record is one pooled direct buffer, taken when all its bytes
 * are there.
 *
 * <p>Takes up to some ten milliseconds a chunk: for compute workers. Safe for use by many threads.
 */
public final class ChunkEncoder {
  /** With {@code auto}, the first frame must shrink by a tenth for the chunk to be compressed. */
  private static final int SHRINKS_TO_PERCENT_MAX = 90;

  /** zstd may write a little more than it read before we see that a frame does not shrink. */
  private static final int ZSTD_SLACK_BYTES = (ChunkRecord.FRAME_PLAIN >> 8) + 512;

  private final UUID clusterId;
  private final Compression compression;
  private final ChunkBuffers buffers;
  private final ZstdWorkspaces workspaces;

  public ChunkEncoder(
      UUID clusterId, Compression compression, ChunkBuffers buffers, ZstdWorkspaces workspaces) {
    this.clusterId = clusterId;
    this.compression = compression;
    this.buffers = buffers;
    this.workspaces = workspaces;
  }

  /**
   * Encodes a chunk.
   *
   * @param plain 1 byte to {@link ChunkRecord#PLAIN_MAX} in all, heap or direct; read through, so
   *     the positions move to the limits
   * @return for the caller to release
   */
  public EncodedChunk encode(ChunkId id, List<ByteBuffer> plain) {
    int plainLength = PlainBytes.length(plain);
    if (plainLength < 1 || plainLength > ChunkRecord.PLAIN_MAX) {
      throw new IllegalArgumentException(plainLength + " bytes are no chunk");
    }
    boolean mayCompress = compression.mode() != Compression.Mode.OFF;
    int headLength = ChunkRecord.headLength(ChunkRecord.frameCount(plainLength));
    ByteBuf record = buffers.take(headLength + plainLength + (mayCompress ? ZSTD_SLACK_BYTES : 0));
    ZstdWorkspace workspace = mayCompress ? workspaces.take() : null;
    try {
      Writing writing = new Writing(record, headLength, new PlainBytes(plain), plainLength);
      if (workspace == null) {
        writing.rawFrames();
      } else {
        writing.frames(workspace, compression.mode());
      }
      EncodedChunk chunk = writing.finish(id, clusterId);
      record = null;
      return chunk;
    } finally {
      if (record != null) {
        record.release();
      }
      if (workspace != null) {
        workspaces.giveBack(workspace);
      }
    }
  }

  /**
   * The same stored bytes under another id, so in another partition: nothing is compressed again.
   *
   * @param stored all frames of a chunk; borrowed
   * @return for the caller to release
   * @throws IllegalArgumentException when frames are missing
   */
  public EncodedChunk copyAs(ChunkId id, StoredFrames stored) {
    ChunkHeader source = stored.header();
    if (stored.firstFrame() != 0 || stored.stored().readableBytes() != source.bodyLength()) {
      throw new IllegalArgumentException("only part of chunk " + source.id());
    }
    ByteBuf body = stored.stored();
    return copyAs(id, source, body, body.readerIndex());
  }

  /** As {@link #copyAs(ChunkId, StoredFrames)}; {@code chunk} is borrowed. */
  public EncodedChunk copyAs(ChunkId id, EncodedChunk chunk) {
    ByteBuf record = chunk.record();
    return copyAs(id, chunk.header(), record, record.readerIndex() + chunk.header().headLength());
  }

  private EncodedChunk copyAs(ChunkId id, ChunkHeader source, ByteBuf body, int bodyAt) {
    ChunkHeader header =
        new ChunkHeader(id, clusterId, false, source.plainLength(), source.frames());
    ByteBuf record = buffers.take(header.recordLength());
    try {
      ChunkRecord.writeHead(header, record.nioBuffer(0, header.headLength()));
      record.writerIndex(header.headLength()).writeBytes(body, bodyAt, header.bodyLength());
      EncodedChunk chunk = new EncodedChunk(header, record);
      record = null;
      return chunk;
    } finally {
      if (record != null) {
        record.release();
      }
    }
  }

  /** One record being written. */
  private static final class Writing {
    private final ByteBuf record;
    private final ByteBuffer target;
    private final PlainBytes plain;
    private final int plainLength;
    private final List<ChunkFrame> frames;
    private int at;
    private int left;

    Writing(ByteBuf record, int headLength, PlainBytes plain, int plainLength) {
      this.record = record;
      // From zero, whatever the offset in the pool's memory: zstd takes absolute indexes.
      this.target = record.nioBuffer(0, record.capacity()).slice();
      this.plain = plain;
      this.plainLength = plainLength;
      this.frames = new ArrayList<>(ChunkRecord.frameCount(plainLength));
      this.at = headLength;
      this.left = plainLength;
    }

    void rawFrames() {
      while (left > 0) {
        int length = Math.min(left, ChunkRecord.FRAME_PLAIN);
        plain.copyTo(target.slice(at, length));
        add(length, length, false);
      }
    }

    void frames(ZstdWorkspace workspace, Compression.Mode mode) {
      while (left > 0) {
        int length = Math.min(left, ChunkRecord.FRAME_PLAIN);
        ByteBuffer frame = workspace.frame().limit(length);
        plain.copyTo(frame);
        frame.flip();
        int compressed = workspace.compress(frame, target, at);
        boolean first = frames.isEmpty();
        if (compressed < length
            && (!first || mode != Compression.Mode.AUTO || pays(compressed, length))) {
          add(compressed, length, true);
          continue;
        }
        target.put(at, frame, 0, length);
        add(length, length, false);
        if (first && mode == Compression.Mode.AUTO) {
          rawFrames();
        }
      }
    }

    private static boolean pays(int compressed, int plain) {
      return compressed * 100L <= plain * (long) SHRINKS_TO_PERCENT_MAX;
    }

    private void add(int storedLength, int framePlainLength, boolean compressed) {
      frames.add(
          new ChunkFrame(storedLength, compressed, ChunkRecord.crc32c(target, at, storedLength)));
      at += storedLength;
      left -= framePlainLength;
    }

    EncodedChunk finish(ChunkId id, UUID clusterId) {
      ChunkHeader header = new ChunkHeader(id, clusterId, false, plainLength, frames);
      ChunkRecord.writeHead(header, target);
      record.writerIndex(at);
      return new EncodedChunk(header, record);
    }
  }
}

package io.sluice.storage.chunk.codec;

import com.github.luben.zstd.ZstdException;
import io.netty.buffer.ByteBuf;
import io.sluice.storage.StorageFailure;
import io.sluice.storage.chunk.ChunkFrame;
import io.sluice.storage.chunk.ChunkHeader;
import io.sluice.storage.chunk.ChunkRecord;
import io.sluice.storage.chunk.StoredFrames;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * Turns stored frames into plain bytes: zstd frames are decompressed into pooled direct buffers,
 * plain ones are passed on without a copy. Safe for use by many threads.
 */
public final class FrameDecoder {
  private final ChunkBuffers buffers;
  private final ZstdWorkspaces workspaces;

  public FrameDecoder(ChunkBuffers buffers, ZstdWorkspaces workspaces) {
    this.buffers = buffers;
    this.workspaces = workspaces;
  }

  /** Whether decoding costs more than a few slices, so that it belongs on a compute worker. */
  public static boolean isWork(StoredFrames frames) {
    int end = frames.firstFrame() + frames.frameCount();
    for (int i = frames.firstFrame(); i < end; i++) {
      if (frames.header().frames().get(i).compressed()) {
        return true;
      }
    }
    return false;
  }

  /**
   * Decodes a run of the plain bytes of some frames.
   *
   * @param frames released by this method, whatever happens
   * @param skip plain bytes of the first frame that are not wanted
   * @param length plain bytes that are, 1 or more
   * @return the bytes in order, for the caller to release
   * @throws StorageFailure.ChunkDamaged when the frames don't hold them
   */
  public List<ByteBuf> decode(StoredFrames frames, int skip, int length) {
    Run run = new Run(frames, skip, length);
    try {
      run.decode();
      return run.takeResult();
    } catch (ZstdException e) {
      throw new StorageFailure.ChunkDamaged("chunk " + frames.header().id() + ": zstd frame", e);
    } finally {
      run.close();
      frames.stored().release();
    }
  }

  /** One decoding under way. */
  private final class Run {
    private final StoredFrames frames;
    private final ByteBuf stored;
    private final List<ByteBuf> result = new ArrayList<>();
    private int skip;
    private int left;
    private int rawFrom = -1;
    private int rawTo;

    Run(StoredFrames frames, int skip, int length) {
      this.frames = frames;
      this.stored = frames.stored();
      this.skip = skip;
      this.left = length;
    }

    void decode() {
      ChunkHeader header = frames.header();
      int at = stored.readerIndex();
      int end = frames.firstFrame() + frames.frameCount();
      for (int i = frames.firstFrame(); i < end && left > 0; i++) {
        ChunkFrame frame = header.frames().get(i);
        if (frame.storedLength() > stored.writerIndex() - at) {
          break;
        }
        int plainLength = header.framePlainLength(i);
        int wanted = Math.min(left, plainLength - skip);
        if (wanted > 0) {
          if (frame.compressed()) {
            flushRaw();
            add(decompress(at, frame.storedLength(), plainLength), skip, wanted);
          } else {
            raw(at + skip, wanted);
          }
          left -= wanted;
        }
        skip = Math.max(0, skip - plainLength);
        at += frame.storedLength();
      }
      flushRaw();
      if (left > 0) {
        throw new StorageFailure.ChunkDamaged(
            "chunk " + header.id() + " lacks " + left + " bytes that its reader knows of", null);
      }
    }

    /** Plain frames that lie behind each other become one slice. */
    private void raw(int from, int length) {
      if (rawFrom >= 0 && rawTo != from) {
        flushRaw();
      }
      if (rawFrom < 0) {
        rawFrom = from;
      }
      rawTo = from + length;
    }

    private void flushRaw() {
      if (rawFrom >= 0) {
        result.add(stored.retainedSlice(rawFrom, rawTo - rawFrom));
        rawFrom = -1;
      }
    }

    private void add(ByteBuf plain, int from, int length) {
      // A slice from the first to the last byte is what a Vert.x buffer takes a ByteBuf for.
      result.add(from == 0 && length == plain.readableBytes() ? plain : plain.slice(from, length));
    }

    private ByteBuf decompress(int at, int length, int plainLength) {
      ByteBuf plain = buffers.take(plainLength);
      ZstdWorkspace workspace = workspaces.take();
      try {
        ByteBuffer target = plain.nioBuffer(0, plainLength).slice();
        int decoded = workspace.decompress(direct(workspace, at, length), 0, length, target);
        if (decoded != plainLength) {
          throw new StorageFailure.ChunkDamaged(
              "chunk " + frames.header().id() + ": a frame has " + decoded + " bytes", null);
        }
        ByteBuf done = plain.writerIndex(plainLength);
        plain = null;
        return done;
      } finally {
        if (plain != null) {
          plain.release();
        }
        workspaces.giveBack(workspace);
      }
    }

    /** The stored frame from index 0 of a direct buffer: copied only when it lies on the heap. */
    private ByteBuffer direct(ZstdWorkspace workspace, int at, int length) {
      if (stored.isDirect() && stored.nioBufferCount() == 1) {
        return stored.nioBuffer(at, length).slice();
      }
      if (length > ChunkRecord.FRAME_STORED_MAX) {
        throw new StorageFailure.ChunkDamaged("a frame of " + length + " bytes", null);
      }
      ByteBuffer copy = workspace.frame().limit(length);
      stored.getBytes(at, copy);
      return copy;
    }

    List<ByteBuf> takeResult() {
      List<ByteBuf> taken = List.copyOf(result);
      result.clear();
      return taken;
    }

    void close() {
      result.forEach(ByteBuf::release);
    }
  }
}

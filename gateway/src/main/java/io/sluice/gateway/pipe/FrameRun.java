package io.sluice.gateway.pipe;

import com.google.protobuf.ByteString;
import io.sluice.storage.chunk.ChunkId;
import io.sluice.storage.chunk.ChunkRecord;
import java.util.ArrayDeque;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/**
 * One read: some consecutive frames of a chunk, and which of their plain bytes are wanted.
 *
 * @param chunk null when the bytes are {@code inline}
 * @param skip plain bytes of the first frame that are not wanted
 * @param length plain bytes that are
 */
record FrameRun(
    @Nullable ChunkId chunk,
    int firstFrame,
    int frameCount,
    int skip,
    int length,
    @Nullable ByteString inline) {

  /** Cuts a run into reads of at most {@code framesMax} frames, none of which isn't needed. */
  static void plan(Content.Run run, int framesMax, Queue<FrameRun> reads) {
    if (run.chunk() == null) {
      reads.add(new FrameRun(null, 0, 0, 0, run.length(), run.inline()));
      return;
    }
    int at = run.offset();
    int end = run.offset() + run.length();
    while (at < end) {
      int first = at / ChunkRecord.FRAME_PLAIN;
      int stop = Math.min(end, (first + framesMax) * ChunkRecord.FRAME_PLAIN);
      int last = (stop - 1) / ChunkRecord.FRAME_PLAIN;
      int skip = at - first * ChunkRecord.FRAME_PLAIN;
      reads.add(new FrameRun(run.chunk(), first, last - first + 1, skip, stop - at, null));
      at = stop;
    }
  }

  /** Reads for the rest of a run, planned as it is reached. */
  static Queue<FrameRun> newQueue() {
    return new ArrayDeque<>();
  }
}

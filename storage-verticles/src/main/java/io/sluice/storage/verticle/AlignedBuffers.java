package io.sluice.storage.verticle;

import java.nio.ByteBuffer;
import java.util.concurrent.ArrayBlockingQueue;

/**
 * Buffers as {@code O_DIRECT} wants them: outside the heap, beginning at a multiple of the file
 * system's block size, and a whole number of blocks long. At most {@value #IDLE_MAX} are kept for
 * their next use; as many exist as threads write at once. Safe on any thread.
 */
final class AlignedBuffers {
  /** Long enough for the disk to be busy, short enough to stay in the processor's cache. */
  static final int BYTES = 4 << 20;

  private static final int IDLE_MAX = 2;

  private final ArrayBlockingQueue<ByteBuffer> idle = new ArrayBlockingQueue<>(IDLE_MAX);

  /** A cleared buffer of {@value #BYTES} bytes, for the caller to give back. */
  ByteBuffer take(int blockBytes) {
    ByteBuffer kept = idle.poll();
    if (kept != null && kept.alignmentOffset(0, blockBytes) == 0) {
      return kept.clear();
    }
    return ByteBuffer.allocateDirect(BYTES + blockBytes).alignedSlice(blockBytes).limit(BYTES);
  }

  /** Ends the use of a buffer. */
  void giveBack(ByteBuffer buffer) {
    boolean unused = idle.offer(buffer);
  }
}

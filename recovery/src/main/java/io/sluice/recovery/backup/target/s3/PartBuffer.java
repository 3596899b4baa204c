package io.sluice.recovery.backup.target.s3;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Collects the bytes of one part. It takes about as much memory as there are bytes in it: most
 * files of a backup are much smaller than a part.
 */
final class PartBuffer {
  private static final int BLOCK_BYTES = 64 << 10;

  private final int capacity;
  private final List<byte[]> blocks = new ArrayList<>();
  private byte[] last = new byte[0];
  private int lastLength;
  private int size;

  /**
   * @param capacity bytes, more than none
   */
  PartBuffer(int capacity) {
    this.capacity = capacity;
  }

  boolean isFull() {
    return size == capacity;
  }

  /** Takes what fits; the buffer's position tells how much that was. */
  void fill(ByteBuffer from) {
    while (from.hasRemaining() && !isFull()) {
      if (lastLength == last.length) {
        last = new byte[Math.min(BLOCK_BYTES, capacity - size)];
        lastLength = 0;
        blocks.add(last);
      }
      int count = Math.min(from.remaining(), last.length - lastLength);
      from.get(last, lastLength, count);
      lastLength += count;
      size += count;
    }
  }

  /** The bytes so far; nothing may be added any more. Hashes them, so it takes a moment. */
  Payload seal() {
    if (blocks.isEmpty()) {
      return Payload.EMPTY;
    }
    List<byte[]> all = new ArrayList<>(blocks);
    all.set(all.size() - 1, Arrays.copyOf(last, lastLength));
    return new Payload(all);
  }
}

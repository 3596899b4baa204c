package io.sluice.storage.chunk.codec;

import java.nio.ByteBuffer;
import java.util.List;

/** Reads through a list of buffers as if they were one; moves their positions. */
final class PlainBytes {
  private final List<ByteBuffer> buffers;
  private int current;

  PlainBytes(List<ByteBuffer> buffers) {
    this.buffers = buffers;
  }

  static int length(List<ByteBuffer> buffers) {
    int sum = 0;
    for (ByteBuffer buffer : buffers) {
      sum = Math.addExact(sum, buffer.remaining());
    }
    return sum;
  }

  /** Copies the next bytes, exactly as many as {@code target} has room for. */
  void copyTo(ByteBuffer target) {
    while (target.hasRemaining()) {
      ByteBuffer source = buffers.get(current);
      int length = Math.min(source.remaining(), target.remaining());
      int end = target.position() + length;
      target.put(target.position(), source, source.position(), length).position(end);
      source.position(source.position() + length);
      if (!source.hasRemaining()) {
        current++;
      }
    }
  }
}

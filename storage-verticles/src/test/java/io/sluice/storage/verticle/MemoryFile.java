package io.sluice.storage.verticle;

import java.nio.ByteBuffer;
import java.util.Arrays;

/** A file of a test, in memory. */
final class MemoryFile implements SegmentFile {
  private byte[] bytes;

  MemoryFile(byte[] bytes) {
    this.bytes = bytes;
  }

  @Override
  public void write(ByteBuffer[] parts, long position) {
    int at = (int) position;
    for (ByteBuffer part : parts) {
      int length = part.remaining();
      bytes = bytes.length < at + length ? Arrays.copyOf(bytes, at + length) : bytes;
      part.get(bytes, at, length);
      at += length;
    }
  }

  @Override
  public int read(ByteBuffer target, long position) {
    int length = (int) Math.max(0, Math.min(target.remaining(), bytes.length - position));
    target.put(bytes, (int) Math.min(position, bytes.length), length);
    return length;
  }

  @Override
  public void force() {}

  @Override
  public long size() {
    return bytes.length;
  }

  @Override
  public void truncate(long size) {
    bytes = Arrays.copyOf(bytes, (int) size);
  }

  @Override
  public void close() {}
}

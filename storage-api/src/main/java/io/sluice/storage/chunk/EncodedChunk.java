package io.sluice.storage.chunk;

import io.netty.buffer.ByteBuf;
import io.netty.util.ReferenceCounted;

/**
 * A chunk on its way to disk: its header, and the whole record (head, frame table, frames) in one
 * buffer, compressed and checksummed once for all replicas. Counted like the buffer below it:
 * whoever holds a reference releases it once, on any thread. The bytes never change after
 * construction.
 */
public final class EncodedChunk implements ReferenceCounted {
  private final ChunkHeader header;
  private final ByteBuf record;

  /**
   * Takes over the caller's reference to {@code record}.
   *
   * @param record exactly {@link ChunkHeader#recordLength()} readable bytes
   */
  public EncodedChunk(ChunkHeader header, ByteBuf record) {
    if (record.readableBytes() != header.recordLength()) {
      throw new IllegalArgumentException(
          record.readableBytes() + " bytes are not a record of " + header.recordLength());
    }
    this.header = header;
    this.record = record;
  }

  public ChunkHeader header() {
    return header;
  }

  /** The record; borrowed: neither its indexes nor its count may be changed through this. */
  public ByteBuf record() {
    return record;
  }

  @Override
  public int refCnt() {
    return record.refCnt();
  }

  @Override
  public EncodedChunk retain() {
    record.retain();
    return this;
  }

  @Override
  public EncodedChunk retain(int increment) {
    record.retain(increment);
    return this;
  }

  @Override
  public EncodedChunk touch() {
    record.touch();
    return this;
  }

  @Override
  public EncodedChunk touch(Object hint) {
    record.touch(hint);
    return this;
  }

  @Override
  public boolean release() {
    return record.release();
  }

  @Override
  public boolean release(int decrement) {
    return record.release(decrement);
  }
}

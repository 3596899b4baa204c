package io.sluice.storage.verticle;

import io.netty.buffer.ByteBuf;
import io.sluice.storage.chunk.ChunkHeader;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A record on its way into a segment, and where it came to lie. Used by one thread. */
final class OutgoingRecord {
  private final ChunkHeader header;
  private final ByteBuf bytes;
  private final List<Long> leftovers = new ArrayList<>(0);
  private @Nullable Segment segment;
  private int offset;
  private boolean done;

  /**
   * @param bytes the whole record; borrowed
   */
  OutgoingRecord(ChunkHeader header, ByteBuf bytes) {
    this.header = header;
    this.bytes = bytes;
  }

  ChunkHeader header() {
    return header;
  }

  ByteBuf bytes() {
    return bytes;
  }

  int length() {
    return bytes.readableBytes();
  }

  void place(Segment at, long position) {
    segment = at;
    offset = Math.toIntExact(position);
  }

  /** It is as durable as was asked for. */
  void done() {
    done = true;
  }

  boolean isDone() {
    return done;
  }

  boolean isPlacedIn(Segment at) {
    return segment == at;
  }

  /** A segment failed while this was written to it: some of it may be there. */
  void leaveBehindIn(Segment at) {
    leftovers.add(at.number());
  }

  /** Segments where a dead copy may lie. */
  List<Long> leftovers() {
    return leftovers;
  }

  /** The number of the segment that has it. */
  long segment() {
    Segment at = segment;
    if (at == null || !done) {
      throw new IllegalStateException("the record was not written");
    }
    return at.number();
  }

  int offset() {
    return offset;
  }
}

package io.sluice.storage.verticle;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.sluice.storage.chunk.ChunkFrame;
import io.sluice.storage.chunk.ChunkHeader;
import io.sluice.storage.chunk.ChunkRecord;
import io.sluice.storage.chunk.ChunkRecord.MalformedRecordException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Reads the records of a segment one after another, and finds its way again behind damage.
 *
 * <p>A record whose head is right but whose bytes are not is stepped over by its length. Where no
 * head can be read, the next one is looked for byte by byte: only a head with matching CRC32C and
 * cluster id counts, so that bytes which merely look like a record are not taken for one. Damage at
 * the very end, with no valid record behind it, is what a crash leaves of a write that was never
 * acknowledged: it is the torn tail, and not reported.
 */
final class RecordScanner {
  /** Told what is found, in order. */
  interface Visitor {
    void record(ChunkHeader header, int offset) throws IOException;

    /**
     * Damage, with valid records behind it.
     *
     * @param header of the damaged record, or null when that can't be read either
     */
    void damage(@Nullable ChunkHeader header, int offset) throws IOException;
  }

  private record Damage(@Nullable ChunkHeader header, int offset) {}

  private static final int HEAD_MAX = ChunkRecord.headLength(ChunkRecord.FRAMES_MAX);
  private static final int SEARCH_WINDOW = 256 << 10;

  private final SegmentFile file;
  private final UUID clusterId;
  private final ByteBuffer head = ByteBuffer.allocate(HEAD_MAX);

  RecordScanner(SegmentFile file, UUID clusterId) {
    this.file = file;
    this.clusterId = clusterId;
  }

  /**
   * Visits the records from {@code from} to {@code limit}.
   *
   * @param checkBytes whether every frame is checked too, or only heads are read
   * @param tailMayBeTorn whether damage at the end is to be expected, and is not reported
   * @return where the last valid record ends; {@code from} when there is none
   */
  long scan(long from, long limit, boolean checkBytes, boolean tailMayBeTorn, Visitor visitor)
      throws IOException {
    long at = from;
    long validEnd = from;
    List<Damage> pending = new ArrayList<>();
    while (at < limit) {
      ChunkHeader header = headAt(at, limit);
      int offset = Math.toIntExact(at);
      if (header == null) {
        pending.add(new Damage(null, offset));
        at = nextHead(at + 1, limit);
      } else if (at + header.recordLength() > limit) {
        // The file ends inside this record, so nothing but its own bytes can follow.
        pending.add(new Damage(header, offset));
        break;
      } else if (checkBytes && !bytesMatch(header, at)) {
        pending.add(new Damage(header, offset));
        at += header.recordLength();
      } else {
        report(pending, visitor);
        visitor.record(header, offset);
        at += header.recordLength();
        validEnd = at;
      }
    }
    if (!tailMayBeTorn) {
      report(pending, visitor);
    }
    return validEnd;
  }

  private static void report(List<Damage> pending, Visitor visitor) throws IOException {
    for (Damage damage : pending) {
      visitor.damage(damage.header(), damage.offset());
    }
    pending.clear();
  }

  /** The head of the record at that place, or null when there is none. */
  @Nullable ChunkHeader headAt(long at, long limit) throws IOException {
    head.clear().limit((int) Math.min(HEAD_MAX, limit - at));
    file.read(head, at);
    head.flip();
    try {
      ChunkHeader header = ChunkRecord.readHead(head);
      return header.clusterId().equals(clusterId) ? header : null;
    } catch (MalformedRecordException e) {
      return null;
    }
  }

  private boolean bytesMatch(ChunkHeader header, long at) throws IOException {
    ByteBuf body = readBody(header, at);
    try {
      return body != null && framesMatch(header.frames(), body);
    } finally {
      if (body != null) {
        body.release();
      }
    }
  }

  private @Nullable ByteBuf readBody(ChunkHeader header, long at) throws IOException {
    int length = header.bodyLength();
    ByteBuf body = PooledByteBufAllocator.DEFAULT.directBuffer(Math.max(1, length));
    if (file.read(body.nioBuffer(0, length), at + header.headLength()) < length) {
      body.release();
      return null;
    }
    body.writerIndex(length);
    return body;
  }

  /** Whether frames that lie one after another in {@code bytes} match their CRC32C. */
  static boolean framesMatch(List<ChunkFrame> frames, ByteBuf bytes) {
    int at = bytes.readerIndex();
    for (ChunkFrame frame : frames) {
      int length = frame.storedLength();
      if (ChunkRecord.crc32c(bytes.nioBuffer(at, length), 0, length) != frame.crc32c()) {
        return false;
      }
      at += length;
    }
    return true;
  }

  /** Where the next head is that can be read, from {@code from} on; {@code limit} if none is. */
  long nextHead(long from, long limit) throws IOException {
    byte[] window = new byte[SEARCH_WINDOW];
    for (long at = from; at < limit; at += SEARCH_WINDOW - 3) {
      int length = file.read(ByteBuffer.wrap(window, 0, windowLength(at, limit)), at);
      for (int i = 0; i + 3 < length; i++) {
        if (window[i] == 'S'
            && window[i + 1] == 'L'
            && window[i + 2] == 'C'
            && window[i + 3] == 'H'
            && headAt(at + i, limit) != null) {
          return at + i;
        }
      }
    }
    return limit;
  }

  private static int windowLength(long at, long limit) {
    return (int) Math.min(SEARCH_WINDOW, limit - at);
  }
}

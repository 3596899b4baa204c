package io.sluice.storage.verticle.index;

import io.sluice.storage.chunk.ChunkFrame;
import io.sluice.storage.chunk.ChunkHeader;
import io.sluice.storage.chunk.ChunkRecord;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** What the index knows about a chunk id. */
public sealed interface IndexEntry {
  /**
   * A chunk that is here.
   *
   * @param segment number of the segment that holds its record
   * @param offset where the record begins in it
   * @param plainLength bytes before compression
   * @param frames the frame table, so that a read needs no look at the record's head
   * @param damaged whether its bytes were found not to match their CRC32C: it is kept out of lists
   *     and answers, and may be written anew
   */
  record Stored(long segment, int offset, int plainLength, List<ChunkFrame> frames, boolean damaged)
      implements IndexEntry {
    public Stored {
      frames = List.copyOf(frames);
    }

    /** The place of a record that was read or written there. */
    public static Stored of(ChunkHeader header, long segment, int offset) {
      return new Stored(segment, offset, header.plainLength(), header.frames(), false);
    }

    public boolean isAt(long segment, int offset) {
      return this.segment == segment && this.offset == offset;
    }

    public Stored asDamaged() {
      return new Stored(segment, offset, plainLength, frames, true);
    }

    /** Bytes of the whole record. */
    public int recordLength() {
      int sum = ChunkRecord.headLength(frames.size());
      for (ChunkFrame frame : frames) {
        sum += frame.storedLength();
      }
      return sum;
    }
  }

  /**
   * A chunk that was deleted and must not come back.
   *
   * @param segment number of the segment that holds the tombstone
   * @param deletedAtMs when this disk learned of the deletion; after an index was rebuilt, when
   *     that was: later than in truth, so that the tombstone is kept longer, never shorter
   */
  record Deleted(long segment, long deletedAtMs) implements IndexEntry {}

  /** The compact bytes of an entry, big endian. */
  static byte[] encode(IndexEntry entry) {
    if (entry instanceof Deleted deleted) {
      return ByteBuffer.allocate(17)
          .put(Codec.DELETED)
          .putLong(deleted.segment())
          .putLong(deleted.deletedAtMs())
          .array();
    }
    Stored stored = (Stored) entry;
    ByteBuffer bytes = ByteBuffer.allocate(17 + 8 * stored.frames().size());
    bytes.put(stored.damaged() ? Codec.DAMAGED : Codec.STORED);
    bytes.putLong(stored.segment()).putInt(stored.offset()).putInt(stored.plainLength());
    for (ChunkFrame frame : stored.frames()) {
      bytes.putInt(frame.storedLength() | (frame.compressed() ? Codec.COMPRESSED_BIT : 0));
      bytes.putInt(frame.crc32c());
    }
    return bytes.array();
  }

  /** Reads what {@link #encode} wrote. */
  static IndexEntry decode(byte[] value) {
    ByteBuffer bytes = ByteBuffer.wrap(value);
    byte kind = bytes.get();
    long segment = bytes.getLong();
    if (kind == Codec.DELETED) {
      return new Deleted(segment, bytes.getLong());
    }
    int offset = bytes.getInt();
    int plainLength = bytes.getInt();
    List<ChunkFrame> frames = new ArrayList<>(bytes.remaining() / 8);
    while (bytes.remaining() >= 8) {
      int length = bytes.getInt();
      boolean compressed = (length & Codec.COMPRESSED_BIT) != 0;
      frames.add(new ChunkFrame(length & ~Codec.COMPRESSED_BIT, compressed, bytes.getInt()));
    }
    return new Stored(segment, offset, plainLength, frames, kind == Codec.DAMAGED);
  }

  /** Constants of the encoding. */
  final class Codec {
    private static final byte STORED = 1;
    private static final byte DAMAGED = 2;
    private static final byte DELETED = 3;
    private static final int COMPRESSED_BIT = 1 << 31;

    private Codec() {}
  }
}

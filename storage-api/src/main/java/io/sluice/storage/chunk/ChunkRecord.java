package io.sluice.storage.chunk;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.zip.CRC32C;

/**
 * The record in which a chunk lies in a segment file and travels between nodes. It can be checked,
 * located and told apart by itself (INVARIANTS 9), so that an index can be rebuilt from records
 * alone.
 *
 * <p>Big endian. A fixed head of 80 bytes, the frame table, and the stored frames one after
 * another:
 *
 * <pre>
 *  0  magic "SLCH"                      4
 *  4  format version (1)                1
 *  5  flags: 1 tombstone                1
 *  6  number of frames                  2
 *  8  chunk id                         16
 * 24  cluster id                       16
 * 40  plain length                      4
 * 44  body length (all stored frames)   4
 * 48  encryption algorithm (0: none)    1
 * 49  reserved, zero                    3
 * 52  nonce prefix                      8
 * 60  reserved, zero                   12
 * 72  CRC32C of the frame table         4
 * 76  CRC32C of bytes 0 to 75           4
 * 80  frame table: 8 bytes a frame: stored length (bit 31: zstd), CRC32C of the stored bytes
 * </pre>
 */
public final class ChunkRecord {
  /** The first four bytes: "SLCH". */
  public static final int MAGIC = 0x534c4348;

  /** The newest format this program writes and reads. */
  public static final int FORMAT_VERSION = 1;

  /** Plain bytes of a chunk, at most. */
  public static final int PLAIN_MAX = 4 << 20;

  /** Plain bytes of every frame but the last. */
  public static final int FRAME_PLAIN = 256 << 10;

  /** Frames of a chunk, at most. */
  public static final int FRAMES_MAX = PLAIN_MAX / FRAME_PLAIN;

  /** Stored bytes of a frame, at most: what does not shrink is stored plain. */
  public static final int FRAME_STORED_MAX = FRAME_PLAIN;

  /** Bytes of the fixed head. */
  public static final int FIXED_HEAD = 80;

  /** Bytes of the largest record. */
  public static final int RECORD_MAX = FIXED_HEAD + 8 * FRAMES_MAX + PLAIN_MAX;

  private static final int FLAG_TOMBSTONE = 1;
  private static final int COMPRESSED_BIT = 1 << 31;
  private static final int OFFSET_TABLE_CRC = 72;
  private static final int OFFSET_HEAD_CRC = 76;

  private ChunkRecord() {}

  /** What a record that can't be read looks like; the message says what is wrong with it. */
  public static final class MalformedRecordException extends Exception {
    private static final long serialVersionUID = 1L;

    public MalformedRecordException(String message) {
      super(message);
    }
  }

  /** Bytes of the fixed head and the table of so many frames. */
  public static int headLength(int frames) {
    return FIXED_HEAD + 8 * frames;
  }

  /** How many frames hold so many plain bytes. */
  public static int frameCount(int plainLength) {
    return (plainLength + FRAME_PLAIN - 1) / FRAME_PLAIN;
  }

  /** Writes head and frame table at the buffer's position, and moves it behind them. */
  public static void writeHead(ChunkHeader header, ByteBuffer target) {
    int start = target.position();
    int frames = header.frames().size();
    target.putInt(MAGIC).put((byte) FORMAT_VERSION);
    target.put((byte) (header.tombstone() ? FLAG_TOMBSTONE : 0)).putShort((short) frames);
    header.id().write(target);
    target.putLong(header.clusterId().getMostSignificantBits());
    target.putLong(header.clusterId().getLeastSignificantBits());
    target.putInt(header.plainLength()).putInt(header.bodyLength());
    target.putLong(0).putLong(0).putLong(0); // no encryption, and what is reserved
    target.putInt(0).putInt(0); // both CRCs follow
    for (ChunkFrame frame : header.frames()) {
      target.putInt(frame.storedLength() | (frame.compressed() ? COMPRESSED_BIT : 0));
      target.putInt(frame.crc32c());
    }
    target.putInt(start + OFFSET_TABLE_CRC, crc32c(target, start + FIXED_HEAD, 8 * frames));
    target.putInt(start + OFFSET_HEAD_CRC, crc32c(target, start, OFFSET_HEAD_CRC));
  }

  /**
   * How long head and frame table are, from the fixed head at {@code offset}, which is checked; the
   * position does not move.
   *
   * @throws MalformedRecordException when it is not a record, of a newer format, or damaged
   */
  public static int checkFixedHead(ByteBuffer source, int offset) throws MalformedRecordException {
    if (source.limit() - offset < FIXED_HEAD) {
      throw new MalformedRecordException("only " + (source.limit() - offset) + " bytes of a head");
    }
    if (source.getInt(offset) != MAGIC) {
      throw new MalformedRecordException("no record begins here");
    }
    if (source.getInt(offset + OFFSET_HEAD_CRC) != crc32c(source, offset, OFFSET_HEAD_CRC)) {
      throw new MalformedRecordException("the head does not match its CRC32C");
    }
    int version = source.get(offset + 4);
    if (version != FORMAT_VERSION) {
      throw new MalformedRecordException("record format " + version + " is not known here");
    }
    int frames = Short.toUnsignedInt(source.getShort(offset + 6));
    if (frames > FRAMES_MAX) {
      throw new MalformedRecordException(frames + " frames are too many");
    }
    return headLength(frames);
  }

  /**
   * Reads head and frame table at the buffer's position, and moves it behind them.
   *
   * @throws MalformedRecordException when anything in them is wrong
   */
  public static ChunkHeader readHead(ByteBuffer source) throws MalformedRecordException {
    int start = source.position();
    int headLength = checkFixedHead(source, start);
    if (source.remaining() < headLength) {
      throw new MalformedRecordException("the frame table is cut off");
    }
    int tableLength = headLength - FIXED_HEAD;
    if (source.getInt(start + OFFSET_TABLE_CRC)
        != crc32c(source, start + FIXED_HEAD, tableLength)) {
      throw new MalformedRecordException("the frame table does not match its CRC32C");
    }
    if (source.get(start + 48) != 0) {
      throw new MalformedRecordException("encryption " + source.get(start + 48) + " is not known");
    }
    boolean tombstone = (source.get(start + 5) & FLAG_TOMBSTONE) != 0;
    source.position(start + 8);
    ChunkId id = ChunkId.read(source);
    UUID clusterId = new UUID(source.getLong(), source.getLong());
    int plainLength = source.getInt();
    int bodyLength = source.getInt();
    source.position(start + FIXED_HEAD);
    List<ChunkFrame> frames = new ArrayList<>(tableLength / 8);
    for (int i = 0; i < tableLength / 8; i++) {
      int length = source.getInt();
      frames.add(
          new ChunkFrame(
              length & ~COMPRESSED_BIT, (length & COMPRESSED_BIT) != 0, source.getInt()));
    }
    ChunkHeader header = new ChunkHeader(id, clusterId, tombstone, plainLength, frames);
    checkLengths(header, bodyLength);
    return header;
  }

  private static void checkLengths(ChunkHeader header, int bodyLength)
      throws MalformedRecordException {
    int plain = header.plainLength();
    int frames = header.frames().size();
    if (plain < 0 || plain > PLAIN_MAX || frames != frameCount(plain)) {
      throw new MalformedRecordException(frames + " frames do not hold " + plain + " bytes");
    }
    if (header.tombstone() && plain > 0) {
      throw new MalformedRecordException("a tombstone holds no bytes");
    }
    for (int i = 0; i < frames; i++) {
      ChunkFrame frame = header.frames().get(i);
      int framePlain = header.framePlainLength(i);
      if (frame.storedLength() < 1
          || frame.storedLength() > framePlain
          || (!frame.compressed() && frame.storedLength() != framePlain)) {
        throw new MalformedRecordException("frame " + i + " has an impossible length");
      }
    }
    if (header.bodyLength() != bodyLength) {
      throw new MalformedRecordException("the frames do not add up to the body");
    }
  }

  /** CRC32C of a part of a buffer, heap or direct; its position and limit stay. */
  public static int crc32c(ByteBuffer buffer, int offset, int length) {
    CRC32C crc = new CRC32C();
    crc.update(buffer.slice(offset, length));
    return (int) crc.getValue();
  }
}

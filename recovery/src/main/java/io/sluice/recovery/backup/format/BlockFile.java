package io.sluice.recovery.backup.format;

import io.sluice.recovery.backup.file.BackupFiles;
import io.sluice.recovery.backup.file.BackupInput;
import io.sluice.recovery.backup.file.DamagedFileException;
import io.sluice.storage.chunk.ChunkRecord;
import io.sluice.storage.chunk.codec.ZstdBlocks;
import java.io.Closeable;
import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.zip.CRC32C;

/**
 * Reads what {@link BlockWriter} wrote: the index at the end with one read or two, then blocks by
 * number. Blocks; for one thread at a time.
 */
final class BlockFile implements Closeable {
  /** What is read from the end at first: the index of most files. */
  private static final int END = 64 << 10;

  /** A block's plain bytes, and an index's; what claims more is damaged. */
  private static final int PLAIN_MAX = 256 << 20;

  private final String name;
  private final int mark;
  private final BackupInput input;
  private final ZstdBlocks zstd;
  private final long[] offsets;
  private final int[] tags;
  private final byte[][] firstKeys;
  private final byte[] lastKey;
  private final ByteBuffer extra;
  private final long entries;

  private BlockFile(BackupInput input, FileIdentity identity, ZstdBlocks zstd) throws IOException {
    this.zstd = zstd;
    this.name = input.name();
    this.mark = identity.mark();
    this.input = input;
    if (input.size() < FileIdentity.LENGTH + BlockWriter.TAIL) {
      throw damaged("is cut off");
    }
    long endAt = Math.max(0, input.size() - END);
    ByteBuffer end = input.read(endAt, (int) (input.size() - endAt));
    ByteBuffer tail = tail(end);
    long indexAt = tail.getLong(8);
    int indexLength = tail.getInt(16);
    int blocks = tail.getInt(20);
    if (indexAt + indexLength != input.size() - BlockWriter.TAIL
        || indexAt < FileIdentity.LENGTH
        || blocks < 0
        || blocks > (indexAt - FileIdentity.LENGTH) / BlockWriter.BLOCK_HEAD) {
      throw damaged("is cut off, or longer than it was");
    }
    ByteBuffer stored =
        indexAt >= endAt
            ? end.slice((int) (indexAt - endAt), indexLength)
            : input.read(indexAt, indexLength);
    ByteBuffer index = ByteBuffer.wrap(decode(stored, BlockWriter.INDEX_NUMBER));
    this.offsets = new long[blocks + 1];
    this.tags = new int[blocks];
    this.firstKeys = new byte[blocks][];
    this.entries = Integer.toUnsignedLong(tail.getInt(24));
    try {
      for (int i = 0; i < blocks; i++) {
        offsets[i] = index.getLong();
        tags[i] = index.getInt();
        firstKeys[i] = key(index);
      }
      this.lastKey = key(index);
      int extraLength = index.getInt();
      this.extra = index.slice(index.position(), extraLength);
    } catch (BufferUnderflowException | IndexOutOfBoundsException e) {
      throw damaged("its index does not hold what it says");
    }
    offsets[blocks] = indexAt;
  }

  private ByteBuffer tail(ByteBuffer end) throws DamagedFileException {
    ByteBuffer tail = end.slice(end.limit() - BlockWriter.TAIL, BlockWriter.TAIL);
    if (tail.getInt(0) != BlockWriter.TAIL_MAGIC
        || tail.getInt(28) != ChunkRecord.crc32c(tail, 0, BlockWriter.TAIL - 4)) {
      throw damaged("its end is damaged or missing");
    }
    if (tail.getInt(4) != mark) {
      throw damaged("is another file");
    }
    return tail;
  }

  private static byte[] key(ByteBuffer index) {
    byte[] key = new byte[Short.toUnsignedInt(index.getShort())];
    index.get(key);
    return key;
  }

  /**
   * Opens a file.
   *
   * @throws DamagedFileException when it is another, or its index can't be read
   */
  static BlockFile open(BackupFiles files, String name, int magic) throws IOException {
    FileIdentity identity = new FileIdentity(magic, files.clusterId(), name);
    BackupInput input = files.open(name);
    ZstdBlocks zstd = new ZstdBlocks();
    try {
      BlockFile file = new BlockFile(input, identity, zstd);
      identity.check(input.read(0, FileIdentity.LENGTH));
      return file;
    } catch (IOException e) {
      zstd.close();
      input.close();
      throw e;
    }
  }

  String name() {
    return name;
  }

  int blocks() {
    return tags.length;
  }

  /** Of all blocks, modulo 2^32. */
  long entries() {
    return entries;
  }

  int tag(int block) {
    return tags[block];
  }

  byte[] firstKey(int block) {
    return firstKeys[block];
  }

  byte[] lastKey() {
    return lastKey;
  }

  ByteBuffer extra() {
    return extra.duplicate();
  }

  /** Stored bytes of some blocks behind each other. */
  long storedLength(int first, int count) {
    return offsets[first + count] - offsets[first];
  }

  /** The last block that begins at the key or before it; -1 when all begin after it. */
  int blockOf(byte[] key) {
    int low = 0;
    int high = firstKeys.length - 1;
    while (low <= high) {
      int middle = (low + high) >>> 1;
      if (Arrays.compareUnsigned(firstKeys[middle], key) <= 0) {
        low = middle + 1;
      } else {
        high = middle - 1;
      }
    }
    return high;
  }

  /** The plain bytes of a block. */
  byte[] read(int block) throws IOException {
    return read(block, 1)[0];
  }

  /** The plain bytes of some blocks that lie behind each other, with one read. */
  byte[][] read(int first, int count) throws IOException {
    long length = storedLength(first, count);
    if (length <= 0 || length > Integer.MAX_VALUE - BlockWriter.BLOCK_HEAD) {
      throw damaged("its index does not hold what it says");
    }
    ByteBuffer stored = input.read(offsets[first], (int) length);
    byte[][] plain = new byte[count][];
    for (int i = 0; i < count; i++) {
      int at = (int) (offsets[first + i] - offsets[first]);
      int end = (int) (offsets[first + i + 1] - offsets[first]);
      if (at < 0 || end < at || end > stored.limit()) {
        throw damaged("its index does not hold what it says");
      }
      plain[i] = decode(stored.slice(at, end - at), first + i);
    }
    return plain;
  }

  private byte[] decode(ByteBuffer block, int number) throws DamagedFileException {
    String what = number == BlockWriter.INDEX_NUMBER ? "its index" : "block " + number;
    if (block.remaining() < BlockWriter.BLOCK_HEAD) {
      throw damaged(what + " is cut off");
    }
    CRC32C crc = new CRC32C();
    crc.update(block.slice(0, 28));
    crc.update(block.slice(BlockWriter.BLOCK_HEAD, block.limit() - BlockWriter.BLOCK_HEAD));
    if (block.getInt(28) != (int) crc.getValue()) {
      throw damaged(what + " does not match its CRC32C");
    }
    int plainLength = block.getInt(20);
    int stored = block.getInt(24);
    int length = stored & ~BlockWriter.COMPRESSED_BIT;
    if (block.getInt(0) != BlockWriter.BLOCK_MAGIC
        || block.getInt(4) != mark
        || block.getInt(8) != number
        || length != block.limit() - BlockWriter.BLOCK_HEAD
        || plainLength < 0
        || plainLength > PLAIN_MAX) {
      throw damaged(what + " is another one");
    }
    byte[] body = new byte[length];
    block.get(BlockWriter.BLOCK_HEAD, body);
    if ((stored & BlockWriter.COMPRESSED_BIT) == 0) {
      if (length != plainLength) {
        throw damaged(what + " has an impossible length");
      }
      return body;
    }
    return zstd.decompress(body, 0, length, plainLength)
        .orElseThrow(() -> damaged(what + " is not what was compressed"));
  }

  DamagedFileException damaged(String what) {
    return new DamagedFileException(name, what);
  }

  @Override
  public void close() throws IOException {
    zstd.close();
    input.close();
  }
}

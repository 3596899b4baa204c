package io.sluice.recovery.backup.format;

import io.sluice.recovery.backup.file.BackupFiles;
import io.sluice.recovery.backup.file.BackupOutput;
import io.sluice.recovery.backup.file.FileEntry;
import io.sluice.storage.chunk.ChunkRecord;
import io.sluice.storage.chunk.codec.ZstdBlocks;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.zip.CRC32C;

/**
 * Writes a sorted file of blocks: each compressed for itself and with its CRC32C, then an index of
 * their first keys, so that a reader finds the block that may hold a key.
 *
 * <p>After the head ({@link FileIdentity}) come blocks of 32 bytes and a body, big endian:
 *
 * <pre>
 *  0  magic "SLBK"                                        4
 *  4  mark of the file                                    4
 *  8  number of the block; the index: all ones            4
 * 12  entries in it                                       4
 * 16  tag: of rows, their shard                           4
 * 20  plain length                                        4
 * 24  stored length (bit 31: zstd)                        4
 * 28  CRC32C of bytes 0 to 27 and of the stored body      4
 * </pre>
 *
 * <p>The last block is the index, and the file ends with 32 bytes: magic "SLTL", the mark, the
 * index's offset (8), its length with its head (4), blocks before it (4), entries of all (4, modulo
 * 2^32), and the CRC32C of these 28 bytes.
 */
final class BlockWriter implements Closeable {
  static final int BLOCK_MAGIC = 0x534c424b;
  static final int TAIL_MAGIC = 0x534c544c;
  static final int BLOCK_HEAD = 32;
  static final int TAIL = 32;
  static final int INDEX_NUMBER = -1;
  static final int COMPRESSED_BIT = 1 << 31;

  private final BackupOutput output;
  private final int mark;
  private final ZstdBlocks zstd = new ZstdBlocks();
  private final ByteArrayOutputStream index = new ByteArrayOutputStream();
  private final DataOutputStream indexData = new DataOutputStream(index);
  private final CRC32C crc = new CRC32C();
  private int blocks;
  private long entries;

  BlockWriter(BackupFiles files, String name, int magic) throws IOException {
    FileIdentity identity = new FileIdentity(magic, files.clusterId(), name);
    this.mark = identity.mark();
    this.output = files.create(name);
    output.write(identity.head());
  }

  /**
   * Adds a block.
   *
   * @param firstKey of the entries in it, 65,535 bytes at most; not less than any before
   * @param plain its first {@code length} bytes are the block
   */
  void add(byte[] firstKey, int count, int tag, byte[] plain, int length) throws IOException {
    indexData.writeLong(output.position());
    indexData.writeInt(tag);
    writeKey(firstKey);
    block(blocks, count, tag, plain, length);
    blocks++;
    entries += count;
  }

  private void writeKey(byte[] key) throws IOException {
    indexData.writeShort(key.length);
    indexData.write(key);
  }

  /** Plain and stored bytes so far, about. */
  long position() {
    return output.position();
  }

  long entries() {
    return entries;
  }

  /**
   * Ends the file and makes it visible.
   *
   * @param lastKey the greatest; no bytes when there are no blocks
   * @param extra what else a reader of the index needs
   */
  FileEntry finish(byte[] lastKey, byte[] extra) throws IOException {
    long indexAt = output.position();
    writeKey(lastKey);
    indexData.writeInt(extra.length);
    indexData.write(extra);
    byte[] plain = index.toByteArray();
    block(INDEX_NUMBER, blocks, 0, plain, plain.length);
    ByteBuffer tail = ByteBuffer.allocate(TAIL);
    tail.putInt(TAIL_MAGIC).putInt(mark).putLong(indexAt);
    tail.putInt((int) (output.position() - indexAt)).putInt(blocks).putInt((int) entries);
    tail.putInt(ChunkRecord.crc32c(tail, 0, TAIL - 4));
    output.write(tail.flip());
    return output.commit();
  }

  private void block(int number, int count, int tag, byte[] plain, int length) throws IOException {
    Optional<byte[]> compressed = zstd.compress(plain, length);
    ByteBuffer body =
        compressed.isPresent()
            ? ByteBuffer.wrap(compressed.get())
            : ByteBuffer.wrap(plain, 0, length);
    ByteBuffer head = ByteBuffer.allocate(BLOCK_HEAD);
    head.putInt(BLOCK_MAGIC).putInt(mark).putInt(number).putInt(count).putInt(tag).putInt(length);
    head.putInt(body.remaining() | (compressed.isPresent() ? COMPRESSED_BIT : 0));
    crc.reset();
    crc.update(head.duplicate().flip());
    crc.update(body.duplicate());
    head.putInt((int) crc.getValue());
    output.write(head.flip());
    output.write(body);
  }

  @Override
  public void close() throws IOException {
    zstd.close();
    output.close();
  }
}

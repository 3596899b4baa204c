package io.sluice.recovery.backup.format;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedOutputStream;
import io.sluice.recovery.backup.file.BackupFiles;
import io.sluice.recovery.backup.file.FileEntry;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.util.Arrays;

/**
 * Writes one file of rows: blocks of about 256 KiB, each of rows of one shard, length-delimited. An
 * object's parts follow it, also into the next block, which then begins with its key again. Blocks;
 * for one thread at a time.
 */
public final class RowsWriter implements Closeable {
  /** "SLRW". */
  static final int MAGIC = 0x534c5257;

  private static final int BLOCK_BYTES = 256 << 10;

  private final BlockWriter blocks;
  private final ByteArrayOutputStream block = new ByteArrayOutputStream(2 * BLOCK_BYTES);
  private byte[] firstKey = new byte[0];
  private byte[] lastKey = new byte[0];
  private int shard;
  private int rows;

  /**
   * Begins a file.
   *
   * @param name such as {@code sets/ID/rows-0}
   */
  public RowsWriter(BackupFiles files, String name) throws IOException {
    this.blocks = new BlockWriter(files, name, MAGIC);
  }

  /** Whether a row may follow what was written: its key is greater than all before. */
  public boolean isNext(RowKey key) {
    return Arrays.compareUnsigned(key.encode(), lastKey) > 0;
  }

  /**
   * Adds a row with its parts.
   *
   * @throws IllegalArgumentException unless {@link #isNext}
   */
  public void add(RowGroup group) throws IOException {
    byte[] key = group.key().encode();
    if (Arrays.compareUnsigned(key, lastKey) <= 0) {
      throw new IllegalArgumentException(group.key() + " does not come after what was written");
    }
    if (rows > 0 && group.key().shard() != shard) {
      endBlock();
    }
    shard = group.key().shard();
    lastKey = key;
    add(group.row().toByteString());
    for (ByteString part : group.storedParts()) {
      add(part);
    }
  }

  private void add(ByteString row) throws IOException {
    if (rows > 0 && block.size() + row.size() > BLOCK_BYTES) {
      endBlock();
    }
    if (rows == 0) {
      firstKey = lastKey;
    }
    CodedOutputStream coded =
        CodedOutputStream.newInstance(block, CodedOutputStream.DEFAULT_BUFFER_SIZE);
    coded.writeBytesNoTag(row);
    coded.flush();
    rows++;
  }

  private void endBlock() throws IOException {
    blocks.add(firstKey, rows, shard, block.toByteArray(), block.size());
    block.reset();
    rows = 0;
  }

  /** Stored bytes so far, without the block that is being filled. */
  public long position() {
    return blocks.position();
  }

  /** Ends the file and makes it visible. */
  public FileEntry finish() throws IOException {
    if (rows > 0) {
      endBlock();
    }
    return blocks.finish(lastKey, new byte[0]);
  }

  /** Ends the writing. Without a finish before, nothing is left of it. */
  @Override
  public void close() throws IOException {
    blocks.close();
  }
}

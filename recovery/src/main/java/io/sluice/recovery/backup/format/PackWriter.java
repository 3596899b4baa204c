package io.sluice.recovery.backup.format;

import io.sluice.recovery.backup.file.BackupFiles;
import io.sluice.recovery.backup.file.BackupOutput;
import io.sluice.recovery.backup.file.FileEntry;
import io.sluice.storage.chunk.ChunkHeader;
import io.sluice.storage.chunk.ChunkId;
import io.sluice.storage.chunk.ChunkRecord;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * Writes a pack: the head ({@link FileIdentity}), chunk records as they are stored, one behind
 * another, and an index of them. Blocks; for one thread at a time.
 *
 * <p>The index is 24 bytes a record, in their order: chunk id (16), offset (4), length (4). After
 * it come 24 bytes: magic "SLPE", the mark of the file, the index's offset (4), records (4), the
 * CRC32C of the index, and that of these 20 bytes. Big endian.
 */
public final class PackWriter implements Closeable {
  /** Plain bytes of records from which a pack takes no more. */
  public static final int FULL_BYTES = 64 << 20;

  /** "SLPK". */
  static final int MAGIC = 0x534c504b;

  static final int END_MAGIC = 0x534c5045;
  static final int ENTRY = ChunkId.LENGTH + 8;
  static final int END = 24;

  /** A record in the pack that is being written. */
  record Entry(ChunkId chunk, int offset, int length) {}

  private final PackId id;
  private final BackupOutput output;
  private final int mark;
  private final List<Entry> entries = new ArrayList<>();

  public PackWriter(BackupFiles files, PackId id) throws IOException {
    FileIdentity identity = new FileIdentity(MAGIC, files.clusterId(), id.file());
    this.id = id;
    this.mark = identity.mark();
    this.output = files.create(id.file());
    output.write(identity.head());
  }

  /**
   * Adds a record.
   *
   * @param header of the record, which was checked
   * @param record all of it; its remaining bytes are read
   */
  public void add(ChunkHeader header, ByteBuffer record) throws IOException {
    if (record.remaining() != header.recordLength()) {
      throw new IllegalArgumentException(record.remaining() + " bytes are not the whole record");
    }
    entries.add(new Entry(header.id(), (int) output.position(), record.remaining()));
    output.write(record);
  }

  /** Whether it has so many bytes that the next record belongs into another. */
  public boolean isFull() {
    return output.position() >= FULL_BYTES;
  }

  public boolean isEmpty() {
    return entries.isEmpty();
  }

  /** Plain bytes so far. */
  public long position() {
    return output.position();
  }

  /** Ends the pack and makes it visible. Where its chunks are, in their order. */
  public List<ChunkLocation> finish() throws IOException {
    ByteBuffer index = ByteBuffer.allocate(entries.size() * ENTRY + END);
    for (Entry entry : entries) {
      entry.chunk().write(index);
      index.putInt(entry.offset()).putInt(entry.length());
    }
    int indexLength = index.position();
    int at = indexLength;
    index.putInt(END_MAGIC).putInt(mark).putInt((int) output.position()).putInt(entries.size());
    index.putInt(ChunkRecord.crc32c(index, 0, indexLength));
    index.putInt(ChunkRecord.crc32c(index, at, END - 4));
    output.write(index.flip());
    FileEntry file = output.commit();
    PackFile pack = new PackFile(id, file.size(), file.sha256());
    return entries.stream()
        .map(entry -> new ChunkLocation(entry.chunk(), pack, entry.offset(), entry.length()))
        .toList();
  }

  /** Ends the writing. Without a finish before, nothing is left of it. */
  @Override
  public void close() throws IOException {
    output.close();
  }
}

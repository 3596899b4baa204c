package io.sluice.recovery.backup.format;

import io.sluice.recovery.backup.file.BackupFiles;
import io.sluice.recovery.backup.file.DamagedFileException;
import io.sluice.storage.chunk.ChunkId;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Reads what {@link ChunkIndexWriter} wrote. Blocks; for one thread at a time. */
public final class ChunkIndex implements Closeable {
  private static final int READ_AT_ONCE = 64;

  private final BlockFile file;
  private final List<PackFile> packs;

  private ChunkIndex(BlockFile file) throws DamagedFileException {
    this.file = file;
    ByteBuffer table = file.extra();
    int count = table.remaining() < 4 ? -1 : table.getInt();
    if (count < 0 || table.remaining() != (long) count * ChunkIndexWriter.PACK) {
      throw file.damaged("its table of packs does not hold what it says");
    }
    this.packs = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      PackId id = PackId.read(table);
      long size = table.getLong();
      byte[] sha256 = new byte[32];
      table.get(sha256);
      packs.add(new PackFile(id, size, HexFormat.of().formatHex(sha256)));
    }
  }

  /**
   * Opens a file.
   *
   * @throws DamagedFileException when it is another, or its index can't be read
   */
  public static ChunkIndex open(BackupFiles files, String name) throws IOException {
    BlockFile file = BlockFile.open(files, name, ChunkIndexWriter.MAGIC);
    try {
      return new ChunkIndex(file);
    } catch (IOException e) {
      file.close();
      throw e;
    }
  }

  /** Every pack that it places chunks in, by id. */
  public List<PackFile> packs() {
    return List.copyOf(packs);
  }

  int blocks() {
    return file.blocks();
  }

  /** The block that has the chunk if this file does, or -1. */
  int blockOf(byte[] chunk) {
    return file.blockOf(chunk);
  }

  /** The entries of some blocks behind each other, with one read. */
  byte[][] read(int first, int count) throws IOException {
    byte[][] plain = file.read(first, count);
    for (byte[] block : plain) {
      if (block.length % ChunkIndexWriter.ENTRY != 0) {
        throw file.damaged("block " + first + " does not hold whole entries");
      }
    }
    return plain;
  }

  /** Where a block says that a chunk is. */
  @Nullable ChunkLocation find(byte[] block, ChunkId chunk) throws DamagedFileException {
    ByteBuffer entries = ByteBuffer.wrap(block);
    int low = 0;
    int high = block.length / ChunkIndexWriter.ENTRY - 1;
    while (low <= high) {
      int middle = (low + high) >>> 1;
      int order = id(entries, middle).compareTo(chunk);
      if (order == 0) {
        return entry(entries, middle);
      } else if (order < 0) {
        low = middle + 1;
      } else {
        high = middle - 1;
      }
    }
    return null;
  }

  private static ChunkId id(ByteBuffer entries, int number) {
    int at = number * ChunkIndexWriter.ENTRY;
    return new ChunkId(entries.getLong(at), entries.getLong(at + 8));
  }

  private ChunkLocation entry(ByteBuffer entries, int number) throws DamagedFileException {
    int at = number * ChunkIndexWriter.ENTRY + ChunkId.LENGTH;
    int pack = entries.getInt(at);
    if (pack < 0 || pack >= packs.size()) {
      throw file.damaged("names a pack that is not in its table");
    }
    return new ChunkLocation(
        id(entries, number), packs.get(pack), entries.getInt(at + 4), entries.getInt(at + 8));
  }

  /** Gives all entries, by chunk id, with large reads. */
  public void forEach(Consumer<ChunkLocation> each) throws IOException {
    for (int first = 0; first < file.blocks(); first += READ_AT_ONCE) {
      for (byte[] block : read(first, Math.min(READ_AT_ONCE, file.blocks() - first))) {
        ByteBuffer entries = ByteBuffer.wrap(block);
        for (int i = 0; i < block.length / ChunkIndexWriter.ENTRY; i++) {
          each.accept(entry(entries, i));
        }
      }
    }
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}

package io.sluice.recovery.backup.format;

import io.sluice.recovery.backup.file.BackupFiles;
import io.sluice.recovery.backup.file.FileEntry;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Gathers where chunks are and writes it as one file, sorted by chunk id: blocks of at most 1,024
 * entries of 28 bytes (chunk id, number of the pack in the file's table, offset, length), and after
 * the index the table: the number of packs, and for each its id (16), size (8) and SHA-256 (32).
 * Big endian. For one thread at a time.
 */
public final class ChunkIndexWriter {
  /** "SLCI". */
  static final int MAGIC = 0x534c4349;

  static final int ENTRY = 28;
  static final int PACK = PackId.LENGTH + 8 + 32;

  private static final int BLOCK_ENTRIES = 1024;

  private final List<ChunkLocation> entries = new ArrayList<>();

  /** Takes where a chunk is. Kept in memory: some 100 bytes. */
  public void add(ChunkLocation location) {
    entries.add(location);
  }

  public int size() {
    return entries.size();
  }

  /**
   * Writes what was gathered, and forgets it. Blocks.
   *
   * @param name such as {@code sets/ID/chunks-0}
   */
  public FileEntry write(BackupFiles files, String name) throws IOException {
    Map<PackId, PackFile> packs = new TreeMap<>();
    entries.forEach(entry -> packs.put(entry.pack().id(), entry.pack()));
    Map<PackId, Integer> numbers = new TreeMap<>();
    packs.keySet().forEach(id -> numbers.put(id, numbers.size()));
    entries.sort(Comparator.comparing(ChunkLocation::chunk));
    try (BlockWriter writer = new BlockWriter(files, name, MAGIC)) {
      byte[] plain = new byte[BLOCK_ENTRIES * ENTRY];
      ByteBuffer block = ByteBuffer.wrap(plain);
      byte[] firstKey = new byte[0];
      byte[] lastKey = new byte[0];
      for (ChunkLocation entry : entries) {
        lastKey = entry.chunk().toBytes();
        if (block.position() == 0) {
          firstKey = lastKey;
        }
        entry.chunk().write(block);
        block.putInt(numbers.getOrDefault(entry.pack().id(), 0));
        block.putInt(entry.offset()).putInt(entry.length());
        if (!block.hasRemaining()) {
          writer.add(firstKey, BLOCK_ENTRIES, 0, plain, plain.length);
          block.clear();
        }
      }
      if (block.position() > 0) {
        writer.add(firstKey, block.position() / ENTRY, 0, plain, block.position());
      }
      entries.clear();
      return writer.finish(lastKey, table(packs));
    }
  }

  private static byte[] table(Map<PackId, PackFile> packs) {
    ByteBuffer table = ByteBuffer.allocate(4 + packs.size() * PACK);
    table.putInt(packs.size());
    for (PackFile pack : packs.values()) {
      table.put(pack.id().toBytes()).putLong(pack.size());
      table.put(HexFormat.of().parseHex(pack.sha256()));
    }
    return table.array();
  }
}

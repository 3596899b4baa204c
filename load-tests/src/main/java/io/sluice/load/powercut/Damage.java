package io.sluice.load.powercut;

import io.sluice.load.powercut.DiskTrace.EntryChange;
import io.sluice.load.powercut.FileState.Extent;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

/**
 * Does to a copy of a data directory what a power cut may do: everything that was fsynced stays; of
 * what was not, some is lost, zeroed or torn.
 */
final class Damage {

  /** How much is lost. */
  enum Mode {
    /** All that was not fsynced, as a file system does that had written nothing yet. */
    DROP,
    /**
     * Files keep a random part of their unsynced tail; pages of it that were not written read as
     * zeros.
     */
    ZERO,
    /** As ZERO, and some pages hold garbage. */
    TEAR
  }

  private static final int PAGE_BYTES = 4096;

  private final DiskTrace trace;
  private final Path original;
  private final Path copy;
  private final Mode mode;
  private final Random random;
  private final Map<String, Long> bytesLost = new TreeMap<>();

  Damage(DiskTrace trace, Path original, Path copy, Mode mode, Random random) {
    this.trace = trace;
    this.original = original;
    this.copy = copy;
    this.mode = mode;
    this.random = random;
  }

  /**
   * Damages the copy.
   *
   * @return bytes lost or changed, by class of file
   */
  Map<String, Long> apply() throws IOException {
    for (Map.Entry<String, FileState> entry : new TreeMap<>(trace.files()).entrySet()) {
      Path file = inCopy(entry.getKey());
      if (Files.isRegularFile(file)) {
        damage(file, entry.getValue());
      }
    }
    undoEntries();
    return bytesLost;
  }

  private void damage(Path file, FileState state) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      long size = channel.size();
      List<Extent> losable = state.losable(size);
      long newSize = size > state.syncedSize() ? keptSize(state.syncedSize(), size) : size;
      if (newSize < size) {
        channel.truncate(newSize);
        lost(file, size - newSize);
      }
      boolean zerosBefore = isFilledBefore(file);
      for (Extent extent : losable) {
        for (long start = extent.start(); start < Math.min(extent.end(), newSize); ) {
          long end =
              Math.min(Math.min(extent.end(), newSize), (start / PAGE_BYTES + 1) * PAGE_BYTES);
          if (zerosBefore || !state.replacesDurable(new Extent(start, end))) {
            damagePage(channel, file, start, (int) (end - start));
          }
          start = end;
        }
      }
    }
  }

  private long keptSize(long synced, long size) {
    if (mode == Mode.DROP) {
      return synced;
    }
    return switch (random.nextInt(3)) {
      case 0 -> synced;
      case 1 -> size;
      default -> synced + (long) (random.nextDouble() * (size - synced));
    };
  }

  private void damagePage(FileChannel channel, Path file, long start, int length)
      throws IOException {
    int die = random.nextInt(100);
    byte[] bytes = new byte[length];
    if (mode == Mode.TEAR && die < 25) {
      random.nextBytes(bytes);
    } else if (mode != Mode.DROP && die < 60) {
      return;
    }
    ByteBuffer page = ByteBuffer.wrap(bytes);
    while (page.hasRemaining()) {
      channel.write(page, start + page.position());
    }
    lost(file, length);
  }

  /**
   * Ratis fills a log segment with zeros ahead of its entries, so that what is written there
   * replaces nothing but zeros.
   */
  private static boolean isFilledBefore(Path file) {
    return file.getFileName().toString().startsWith("log_inprogress");
  }

  private void undoEntries() throws IOException {
    List<EntryChange> changes = trace.changes();
    int kept = mode == Mode.DROP || changes.isEmpty() ? 0 : random.nextInt(changes.size() + 1);
    for (int i = changes.size() - 1; i >= kept; i--) {
      EntryChange change = changes.get(i);
      Path to = inCopy(change.to());
      if (!change.undoable() || !Files.exists(to)) {
        continue;
      }
      switch (change.kind()) {
        case CREATED -> {
          lost(to, Files.size(to));
          Files.delete(to);
        }
        case RENAMED -> {
          Path from = inCopy(change.from());
          if (from.startsWith(copy) && !Files.exists(from)) {
            Files.move(to, from);
          }
        }
      }
      bytesLost.merge("directory entries", 1L, Long::sum);
    }
  }

  private Path inCopy(String path) {
    Path absolute = Path.of(path);
    return absolute.startsWith(original) ? copy.resolve(original.relativize(absolute)) : absolute;
  }

  private void lost(Path file, long bytes) {
    bytesLost.merge(classOf(file.getFileName().toString()), bytes, Long::sum);
  }

  static String classOf(String name) {
    if (name.startsWith("log_")) {
      return "Raft log";
    }
    if (name.endsWith(".seg")) {
      return "segments";
    }
    boolean rocksDb =
        name.endsWith(".sst")
            || name.startsWith("MANIFEST-")
            || name.startsWith("CURRENT")
            || name.startsWith("OPTIONS-")
            || name.endsWith(".dbtmp")
            || name.endsWith(".log");
    return rocksDb ? "RocksDB" : "other";
  }
}

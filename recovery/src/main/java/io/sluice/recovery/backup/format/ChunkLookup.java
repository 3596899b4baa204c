package io.sluice.recovery.backup.format;

import io.sluice.recovery.backup.file.BackupFiles;
import io.sluice.recovery.backup.file.DamagedFileException;
import io.sluice.storage.chunk.ChunkId;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Finds where chunks are, by the chunk indexes of some sets. A look-up reads only blocks that may
 * have one of its chunks, those that lie beside each other with one read, and keeps them in a
 * cache. Many chunks at once are cheaper than one after the other. Blocks; safe for use by many
 * threads, which wait for each other.
 */
public final class ChunkLookup implements Closeable {
  private static final int CACHED_BLOCKS = 2048;
  private static final int READ_AT_ONCE = 64;

  private final List<ChunkIndex> indexes = new ArrayList<>();
  private final ReentrantLock lock = new ReentrantLock();
  private final LinkedHashMap<BlockName, byte[]> cache =
      new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<BlockName, byte[]> eldest) {
          return size() > CACHED_BLOCKS;
        }
      };

  private record BlockName(int index, int block) {}

  private final @Nullable Consumer<DamagedFileException> damage;

  private final BackupFiles files;

  /** Not opened yet. */
  private final List<String> waiting = new ArrayList<>();

  private ChunkLookup(BackupFiles files, @Nullable Consumer<DamagedFileException> damage) {
    this.files = files;
    this.damage = damage;
  }

  /**
   * The same as {@link #open}, but nothing is read before something is looked for.
   *
   * @param damage takes what can't be read, perhaps more than once; null: it is thrown then
   */
  public static ChunkLookup lazily(
      BackupFiles files, List<String> names, @Nullable Consumer<DamagedFileException> damage) {
    ChunkLookup lookup = new ChunkLookup(files, damage);
    lookup.waiting.addAll(names);
    return lookup;
  }

  /**
   * Opens chunk indexes, whose own indexes stay in memory: about 30 bytes for 1,024 chunks.
   *
   * @param names of their files; what is in several is taken from the first
   * @param damage takes what can't be read, perhaps more than once, and is then as if it were not
   *     there; null: it is thrown
   */
  public static ChunkLookup open(
      BackupFiles files, List<String> names, @Nullable Consumer<DamagedFileException> damage)
      throws IOException {
    ChunkLookup lookup = lazily(files, names, damage);
    try {
      lookup.openAll();
      return lookup;
    } catch (IOException e) {
      lookup.close();
      throw e;
    }
  }

  /** Looks in these too from now on, after those that there are. */
  public void add(List<String> names) {
    lock.lock();
    try {
      waiting.addAll(names);
    } finally {
      lock.unlock();
    }
  }

  private void openAll() throws IOException {
    while (!waiting.isEmpty()) {
      String name = waiting.get(0);
      try {
        indexes.add(ChunkIndex.open(files, name));
      } catch (DamagedFileException e) {
        pass(e);
      } catch (NoSuchFileException e) {
        pass(new DamagedFileException(name, "is missing"));
      }
      waiting.remove(0);
    }
  }

  private void pass(DamagedFileException e) throws DamagedFileException {
    if (damage == null) {
      throw e;
    }
    damage.accept(e);
  }

  /** Every pack that any chunk is placed in. */
  public Collection<PackFile> packs() {
    Map<PackId, PackFile> packs = new TreeMap<>();
    for (ChunkIndex index : indexes) {
      index.packs().forEach(pack -> packs.putIfAbsent(pack.id(), pack));
    }
    return packs.values();
  }

  /**
   * Where chunks are.
   *
   * @return one for each that was found
   */
  public Map<ChunkId, ChunkLocation> find(Collection<ChunkId> chunks) throws IOException {
    if (chunks.isEmpty()) {
      return Map.of();
    }
    lock.lock();
    try {
      openAll();
      Map<ChunkId, ChunkLocation> found = new HashMap<>();
      TreeSet<ChunkId> left = new TreeSet<>(chunks);
      for (int i = 0; i < indexes.size() && !left.isEmpty(); i++) {
        find(i, left, found);
      }
      return found;
    } finally {
      lock.unlock();
    }
  }

  private void find(int number, Set<ChunkId> left, Map<ChunkId, ChunkLocation> found)
      throws IOException {
    ChunkIndex index = indexes.get(number);
    TreeMap<Integer, List<ChunkId>> byBlock = new TreeMap<>();
    for (ChunkId chunk : left) {
      int block = index.blockOf(chunk.toBytes());
      if (block >= 0) {
        byBlock.computeIfAbsent(block, none -> new ArrayList<>()).add(chunk);
      }
    }
    List<Integer> run = new ArrayList<>();
    for (Iterator<Integer> blocks = byBlock.navigableKeySet().iterator(); blocks.hasNext(); ) {
      run.add(blocks.next());
      @Nullable Integer next = byBlock.higherKey(run.get(run.size() - 1));
      if (next == null || next != run.get(run.size() - 1) + 1 || run.size() == READ_AT_ONCE) {
        find(number, run, byBlock, found);
        run.clear();
      }
    }
    left.removeAll(found.keySet());
  }

  private void find(
      int number,
      List<Integer> run,
      Map<Integer, List<ChunkId>> byBlock,
      Map<ChunkId, ChunkLocation> found)
      throws IOException {
    ChunkIndex index = indexes.get(number);
    byte[][] plain = readable(number, run);
    for (int i = 0; i < plain.length; i++) {
      for (ChunkId chunk : byBlock.getOrDefault(run.get(i), List.of())) {
        ChunkLocation location = index.find(plain[i], chunk);
        if (location != null) {
          found.put(chunk, location);
        }
      }
    }
  }

  /** Blocks behind each other; those that are damaged are empty, and no other for them. */
  private byte[][] readable(int number, List<Integer> run) throws IOException {
    try {
      return blocks(number, run.get(0), run.size());
    } catch (DamagedFileException e) {
      byte[][] plain = new byte[run.size()][];
      for (int i = 0; i < plain.length; i++) {
        plain[i] = new byte[0];
        try {
          plain[i] = blocks(number, run.get(i), 1)[0];
        } catch (DamagedFileException one) {
          pass(one);
        }
      }
      return plain;
    }
  }

  private byte[][] blocks(int number, int first, int count) throws IOException {
    byte[][] plain = new byte[count][];
    boolean all = true;
    for (int i = 0; i < count; i++) {
      byte[] cached = cache.get(new BlockName(number, first + i));
      all &= cached != null;
      if (cached != null) {
        plain[i] = cached;
      }
    }
    if (!all) {
      plain = indexes.get(number).read(first, count);
      for (int i = 0; i < count; i++) {
        cache.put(new BlockName(number, first + i), plain[i]);
      }
    }
    return plain;
  }

  @Override
  public void close() throws IOException {
    lock.lock();
    try {
      for (ChunkIndex index : indexes) {
        index.close();
      }
    } finally {
      lock.unlock();
    }
  }
}

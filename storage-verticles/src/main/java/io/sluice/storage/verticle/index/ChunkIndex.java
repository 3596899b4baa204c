package io.sluice.storage.verticle.index;

import io.sluice.storage.DurableDirectory;
import io.sluice.storage.chunk.ChunkId;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongPredicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.BloomFilter;
import org.rocksdb.FlushOptions;
import org.rocksdb.InfoLogLevel;
import org.rocksdb.LRUCache;
import org.rocksdb.Options;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.Slice;
import org.rocksdb.WriteBatch;
import org.rocksdb.WriteOptions;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where each chunk lies, in RocksDB.
 *
 * <p>RocksDB keeps no log of its own here: the segments are the log. After a crash the index stands
 * where it was last flushed, as a whole, because every change is one batch in one column family.
 * {@link SegmentStats#indexedUpTo} is part of those batches, so that it says for each segment from
 * where its records have to be read again.
 *
 * <p>Safe on any thread. Every method may block on the disk; none may be called on an event loop.
 */
public final class ChunkIndex implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ChunkIndex.class);
  private static final int FORMAT = 1;
  private static final byte[] IDENTITY = IndexKeys.fact("identity");

  static {
    RocksDB.loadLibrary();
  }

  private final NativeLease lease = new NativeLease();
  private final ReentrantLock updates = new ReentrantLock();
  private final List<AutoCloseable> natives = new ArrayList<>();
  private final RocksDB db;
  private final WriteOptions withoutLog;
  private final boolean fresh;

  /**
   * Opens the index; one that is missing, damaged, of another disk or of another format is begun
   * anew, and {@link #isFresh} says so: then every segment has to be read.
   *
   * @param cacheBytes of the block cache
   * @throws IndexFailedException when a new one can't be made either
   */
  public static ChunkIndex open(Path directory, UUID diskId, long cacheBytes) throws IOException {
    byte[] identity =
        ByteBuffer.allocate(20)
            .putInt(FORMAT)
            .putLong(diskId.getMostSignificantBits())
            .putLong(diskId.getLeastSignificantBits())
            .array();
    if (Files.isDirectory(directory)) {
      try {
        ChunkIndex index = new ChunkIndex(directory, cacheBytes, false);
        if (Arrays.equals(index.fact(IDENTITY), identity)) {
          return index;
        }
        index.close();
        LOG.warn("The index in {} is of another disk or format: it is rebuilt", directory);
      } catch (IndexFailedException e) {
        LOG.warn("The index in {} can't be opened: it is rebuilt", directory, e);
      }
      deleteTree(directory);
    }
    DurableDirectory.create(directory);
    ChunkIndex index = new ChunkIndex(directory, cacheBytes, true);
    try {
      index.update(update -> update.putFact(IDENTITY, identity));
    } catch (IOException | RuntimeException e) {
      index.close();
      throw e;
    }
    return index;
  }

  private ChunkIndex(Path directory, long cacheBytes, boolean fresh) throws IndexFailedException {
    this.fresh = fresh;
    LRUCache cache = own(new LRUCache(cacheBytes));
    BloomFilter bloom = own(new BloomFilter(10, false));
    Options options =
        own(
            new Options()
                .setCreateIfMissing(fresh)
                .setAtomicFlush(true)
                .setAvoidFlushDuringShutdown(false)
                .setWriteBufferSize(16L << 20)
                .setMaxWriteBufferNumber(3)
                .setMaxBackgroundJobs(2)
                .setMaxOpenFiles(256)
                .setInfoLogLevel(InfoLogLevel.WARN_LEVEL)
                .setKeepLogFileNum(4)
                .setMaxLogFileSize(1L << 20)
                .setTableFormatConfig(
                    new BlockBasedTableConfig()
                        .setBlockCache(cache)
                        .setCacheIndexAndFilterBlocks(true)
                        .setFilterPolicy(bloom)));
    this.withoutLog = own(new WriteOptions().setDisableWAL(true));
    try {
      this.db = RocksDB.open(options, directory.toString());
    } catch (RocksDBException e) {
      closeNatives();
      throw new IndexFailedException("cannot open the index in " + directory, e);
    }
  }

  private <T extends AutoCloseable> T own(T handle) {
    natives.add(handle);
    return handle;
  }

  /** Whether it was begun anew, and knows nothing yet. */
  public boolean isFresh() {
    return fresh;
  }

  /** What is known of a chunk, or null. */
  public @Nullable IndexEntry get(ChunkId id) throws IOException {
    byte[] value = value(IndexKeys.chunk(id));
    return value == null ? null : IndexEntry.decode(value);
  }

  /** What is known of every segment, by number. */
  public Map<Long, SegmentStats> segments() throws IOException {
    Map<Long, SegmentStats> stats = new TreeMap<>();
    scan(
        new byte[] {IndexKeys.SEGMENT},
        new byte[] {IndexKeys.SEGMENT + 1},
        (key, value) -> {
          stats.put(IndexKeys.segmentNumber(key), SegmentStats.decode(value));
          return true;
        });
    return stats;
  }

  /** What is known of a segment; {@link SegmentStats#NONE} when nothing is. */
  public SegmentStats segment(long number) throws IOException {
    byte[] value = value(IndexKeys.segment(number));
    return value == null ? SegmentStats.NONE : SegmentStats.decode(value);
  }

  /** Looks at entries in the order of their ids. */
  public interface EntryVisitor {
    /** Returns whether to go on. */
    boolean visit(ChunkId id, IndexEntry entry) throws IOException;
  }

  /**
   * Visits entries from {@code from} on (inclusive) to {@code to} (exclusive; null for the end), on
   * the caller's thread, under a lease on the native handle.
   */
  public void visit(ChunkId from, @Nullable ChunkId to, EntryVisitor visitor) throws IOException {
    byte[] end = to == null ? new byte[] {IndexKeys.CHUNK + 1} : IndexKeys.chunk(to);
    scan(
        IndexKeys.chunk(from),
        end,
        (key, value) -> visitor.visit(IndexKeys.chunkId(key), IndexEntry.decode(value)));
  }

  /** Whether a dead record of the chunk lies in one of the segments that {@code exists} knows. */
  public boolean hasGhost(ChunkId id, LongPredicate exists) throws IOException {
    boolean[] found = new boolean[1];
    scan(
        IndexKeys.ghost(id, 0),
        IndexKeys.ghost(id, -1),
        (key, value) -> {
          found[0] |= exists.test(IndexKeys.ghostSegment(key));
          return !found[0];
        });
    return found[0];
  }

  /** A small fact kept beside the index, or null; lost with it. */
  public byte @Nullable [] fact(String name) throws IOException {
    return fact(IndexKeys.fact(name));
  }

  private byte @Nullable [] fact(byte[] key) throws IOException {
    return value(key);
  }

  /** A change, made of several steps. */
  public interface Change {
    void apply(IndexUpdate update) throws IOException;
  }

  /** Makes a change in one batch; changes happen one after another. */
  public void update(Change change) throws IOException {
    lease.acquire();
    updates.lock();
    try (WriteBatch batch = new WriteBatch()) {
      IndexUpdate update = new IndexUpdate(this, batch);
      change.apply(update);
      update.finish();
      if (batch.count() > 0) {
        db.write(withoutLog, batch);
      }
    } catch (RocksDBException e) {
      throw new IndexFailedException("cannot write to the index", e);
    } finally {
      updates.unlock();
      lease.release();
    }
  }

  /** Makes everything durable that was changed before this call. */
  public void flush() throws IOException {
    lease.acquire();
    try (FlushOptions options = new FlushOptions().setWaitForFlush(true)) {
      db.flush(options);
    } catch (RocksDBException e) {
      throw new IndexFailedException("cannot flush the index", e);
    } finally {
      lease.release();
    }
  }

  private byte @Nullable [] value(byte[] key) throws IOException {
    lease.acquire();
    try {
      return db.get(key);
    } catch (RocksDBException e) {
      throw new IndexFailedException("cannot read the index", e);
    } finally {
      lease.release();
    }
  }

  interface RawVisitor {
    boolean visit(byte[] key, byte[] value) throws IOException;
  }

  void scan(byte[] from, byte[] to, RawVisitor visitor) throws IOException {
    lease.acquire();
    try (Slice bound = new Slice(to);
        ReadOptions options = new ReadOptions().setIterateUpperBound(bound);
        RocksIterator iterator = db.newIterator(options)) {
      for (iterator.seek(from); iterator.isValid(); iterator.next()) {
        if (!visitor.visit(iterator.key(), iterator.value())) {
          return;
        }
      }
      iterator.status();
    } catch (RocksDBException e) {
      throw new IndexFailedException("cannot read the index", e);
    } finally {
      lease.release();
    }
  }

  /** How many reads and iterators are under way. */
  int leasesHeld() {
    return lease.held();
  }

  /** Waits for every read and iterator, then flushes and closes. Later calls fail cleanly. */
  @Override
  public void close() {
    if (!lease.close()) {
      return;
    }
    try (FlushOptions options = new FlushOptions().setWaitForFlush(true)) {
      db.flush(options);
    } catch (RocksDBException e) {
      // Nothing is lost by this: the next start reads the tails of the segments again.
      LOG.warn("The index could not be flushed before closing", e);
    }
    db.close();
    closeNatives();
  }

  private void closeNatives() {
    for (int i = natives.size() - 1; i >= 0; i--) {
      try {
        natives.get(i).close();
      } catch (Exception e) {
        LOG.warn("A native handle of the index could not be closed", e);
      }
    }
  }

  private static void deleteTree(Path directory) throws IOException {
    try (Stream<Path> paths = Files.walk(directory)) {
      for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
  }
}

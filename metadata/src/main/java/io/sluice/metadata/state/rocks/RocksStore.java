package io.sluice.metadata.state.rocks;

import io.sluice.metadata.state.row.Family;
import io.sluice.metadata.state.row.NotInMemoryException;
import io.sluice.metadata.state.row.Transaction;
import io.sluice.storage.FormatRange;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.rocksdb.Checkpoint;
import org.rocksdb.ColumnFamilyDescriptor;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.DBOptions;
import org.rocksdb.FlushOptions;
import org.rocksdb.InfoLogLevel;
import org.rocksdb.Options;
import org.rocksdb.ReadTier;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.Status;
import org.rocksdb.WriteBatch;
import org.rocksdb.WriteOptions;

/**
 * The rows of one shard in RocksDB.
 *
 * <p>RocksDB writes no log: the Raft log is that. So what is durable is what was flushed, and all
 * families are flushed as one ({@code atomic_flush}): after a crash the store is as it was after
 * some command, and its header says which.
 *
 * <p>Written by one thread, read by any. Every use holds a lease; {@link #close} waits for them.
 */
public final class RocksStore implements AutoCloseable {
  /** A table file costs a file descriptor and some memory for as long as it is open. */
  private static final int OPEN_FILES_MAX = 200;

  private static final int BACKGROUND_JOBS = 2;
  private static final long SYNC_STEP_BYTES = 1 << 20;
  private static final long LOG_BYTES = 1 << 20;
  private static final int LOG_FILES = 2;

  private final FamilyOptions familyOptions;
  private final DBOptions databaseOptions;
  private final RocksDB database;

  /** Replaced as a whole: readers look into it while families are added. */
  private volatile Map<Family, ColumnFamilyHandle> handles;

  /** A flush takes all families or none: none is added in its middle. */
  private final ReentrantLock families = new ReentrantLock();

  private final WriteOptions writeOptions = new WriteOptions().setDisableWAL(true);
  private final WriteBatch batch = new WriteBatch();
  private final Leases leases = new Leases();

  private RocksStore(
      FamilyOptions familyOptions,
      DBOptions databaseOptions,
      RocksDB database,
      Map<Family, ColumnFamilyHandle> handles) {
    this.familyOptions = familyOptions;
    this.databaseOptions = databaseOptions;
    this.database = database;
    this.handles = handles;
  }

  /**
   * Opens a store, with the families that it has, or makes one with those of the first format.
   * Blocks.
   *
   * @throws IOException when that fails, the store is open already, or it has families this version
   *     does not know
   */
  public static RocksStore open(Path directory, RocksMemory memory) throws IOException {
    Files.createDirectories(directory);
    List<Family> families = familiesOf(directory);
    FamilyOptions familyOptions = new FamilyOptions(memory);
    DBOptions databaseOptions = databaseOptions(memory);
    List<ColumnFamilyDescriptor> descriptors =
        families.stream()
            .map(family -> new ColumnFamilyDescriptor(family.diskName(), familyOptions.of(family)))
            .toList();
    List<ColumnFamilyHandle> opened = new ArrayList<>();
    try {
      RocksDB database = RocksDB.open(databaseOptions, directory.toString(), descriptors, opened);
      Map<Family, ColumnFamilyHandle> handles = new EnumMap<>(Family.class);
      // In the order in which they were asked for.
      Iterator<ColumnFamilyHandle> each = opened.iterator();
      families.forEach(family -> handles.put(family, each.next()));
      return new RocksStore(familyOptions, databaseOptions, database, handles);
    } catch (RocksDBException e) {
      databaseOptions.close();
      familyOptions.close();
      throw new IOException("can't open the metadata in " + directory + ": " + e.getMessage(), e);
    }
  }

  private static DBOptions databaseOptions(RocksMemory memory) {
    return new DBOptions()
        .setCreateIfMissing(true)
        .setCreateMissingColumnFamilies(true)
        .setAtomicFlush(true)
        .setParanoidChecks(true)
        .setWriteBufferManager(memory.writeBuffers())
        .setMaxOpenFiles(OPEN_FILES_MAX)
        .setMaxBackgroundJobs(BACKGROUND_JOBS)
        .setBytesPerSync(SYNC_STEP_BYTES)
        .setInfoLogLevel(InfoLogLevel.WARN_LEVEL)
        .setMaxLogFileSize(LOG_BYTES)
        .setKeepLogFileNum(LOG_FILES)
        .setStatsDumpPeriodSec(0);
  }

  /** Those of the first format, and all others that are there. */
  private static List<Family> familiesOf(Path directory) throws IOException {
    Set<Family> found = EnumSet.noneOf(Family.class);
    for (Family family : Family.values()) {
      if (family.format() == FormatRange.FIRST) {
        found.add(family);
      }
    }
    if (Files.exists(directory.resolve("CURRENT"))) {
      try (Options options = new Options()) {
        for (byte[] name : RocksDB.listColumnFamilies(options, directory.toString())) {
          found.add(known(name, directory));
        }
      } catch (RocksDBException e) {
        throw new IOException("can't read the metadata in " + directory + ": " + e.getMessage(), e);
      }
    }
    return List.copyOf(found);
  }

  private static Family known(byte[] diskName, Path directory) throws IOException {
    for (Family family : Family.values()) {
      if (Arrays.equals(family.diskName(), diskName)) {
        return family;
      }
    }
    throw new IOException(
        "the metadata in "
            + directory
            + " was written by a newer version: it holds \""
            + new String(diskName, StandardCharsets.UTF_8)
            + "\", which this version does not know");
  }

  /**
   * Makes the families that a format has and the store lacks; durable when it returns. The writing
   * thread; waits for a flush that is under way.
   *
   * @throws UncheckedIOException when that fails
   */
  public void addFamilies(int format) {
    Map<Family, ColumnFamilyHandle> more = new EnumMap<>(handles);
    Leases.Lease lease = leases.take();
    families.lock();
    try {
      for (Family family : Family.values()) {
        if (family.format() <= format && !more.containsKey(family)) {
          ColumnFamilyDescriptor descriptor =
              new ColumnFamilyDescriptor(family.diskName(), familyOptions.of(family));
          more.put(family, database.createColumnFamily(descriptor));
        }
      }
    } catch (RocksDBException e) {
      throw failure(e);
    } finally {
      handles = more;
      families.unlock();
      lease.release();
    }
  }

  /** The newest of everything at each read; only the writer sees whole commands that way. */
  public RocksRows latest() {
    return new RocksRows(this, leases.take(), null, ReadTier.READ_ALL_TIER);
  }

  /** The store as it is now, whatever is written later. */
  public RocksRows snapshot() {
    Leases.Lease lease = leases.take();
    return new RocksRows(this, lease, database.getSnapshot(), ReadTier.READ_ALL_TIER);
  }

  /** As {@link #latest}, without I/O. */
  public RocksRows memory() {
    return new RocksRows(this, leases.take(), null, ReadTier.BLOCK_CACHE_TIER);
  }

  /**
   * Writes all changes of a transaction at once. One thread.
   *
   * @throws UncheckedIOException when that fails; nothing was written then
   */
  public void write(Transaction transaction) {
    Leases.Lease lease = leases.take();
    try {
      batch.clear();
      transaction.writeTo(new BatchSink());
      database.write(writeOptions, batch);
    } catch (RocksDBException e) {
      throw failure(e);
    } finally {
      lease.release();
    }
  }

  /**
   * Makes everything written so far durable. Blocks; any thread.
   *
   * @throws UncheckedIOException when that fails
   */
  public void flush() {
    Leases.Lease lease = leases.take();
    families.lock();
    try (FlushOptions options = new FlushOptions().setWaitForFlush(true).setAllowWriteStall(true)) {
      database.flush(options, List.copyOf(handles.values()));
    } catch (RocksDBException e) {
      throw failure(e);
    } finally {
      families.unlock();
      lease.release();
    }
  }

  /**
   * Writes a copy of everything written so far; files that are there already are linked, not
   * copied, where the file system can. Blocks.
   *
   * @param into gets the files of a store, and no directories
   */
  public void checkpoint(Path into) throws IOException {
    Leases.Lease lease = leases.take();
    Path made = into.resolve("making");
    try (Checkpoint checkpoint = Checkpoint.create(database)) {
      Files.createDirectories(into);
      checkpoint.createCheckpoint(made.toString());
      List<Path> files;
      try (Stream<Path> found = Files.list(made)) {
        files = found.toList();
      }
      for (Path file : files) {
        Files.move(file, into.resolve(file.getFileName()));
      }
      Files.delete(made);
    } catch (RocksDBException e) {
      throw new IOException("RocksDB: " + e.getMessage(), e);
    } finally {
      lease.release();
    }
  }

  /** Reads all files, and compares them with their checksums. Blocks for long. */
  public void verifyChecksums() throws IOException {
    Leases.Lease lease = leases.take();
    try {
      database.verifyChecksum();
    } catch (RocksDBException e) {
      throw new IOException("RocksDB: " + e.getMessage(), e);
    } finally {
      lease.release();
    }
  }

  /** A figure of all families together, by RocksDB's name for it; 0 when closed. Any thread. */
  public long property(String name) {
    Leases.Lease lease;
    try {
      lease = leases.take();
    } catch (IllegalStateException closed) {
      return 0;
    }
    try {
      return database.getAggregatedLongProperty(name);
    } catch (RocksDBException e) {
      throw failure(e);
    } finally {
      lease.release();
    }
  }

  RocksDB database() {
    return database;
  }

  /** Null for a family of a format that is not active yet: it has no rows. */
  @Nullable ColumnFamilyHandle handle(Family family) {
    return handles.get(family);
  }

  private ColumnFamilyHandle written(Family family) {
    ColumnFamilyHandle handle = handle(family);
    if (handle == null) {
      throw new IllegalStateException("the active format has no family " + family);
    }
    return handle;
  }

  Leases leases() {
    return leases;
  }

  static RuntimeException failure(RocksDBException e) {
    if (e.getStatus() != null && e.getStatus().getCode() == Status.Code.Incomplete) {
      return new NotInMemoryException();
    }
    return new UncheckedIOException(new IOException("RocksDB: " + e.getMessage(), e));
  }

  /** Waits for reads and iterators that are under way, then closes. A second call does nothing. */
  @Override
  public void close() {
    if (!leases.close()) {
      return;
    }
    batch.close();
    writeOptions.close();
    handles.values().forEach(ColumnFamilyHandle::close);
    database.close();
    databaseOptions.close();
    familyOptions.close();
  }

  private final class BatchSink implements Transaction.Sink {
    @Override
    public void deleteRange(Family family, byte[] from, byte[] to) {
      try {
        batch.deleteRange(written(family), from, to);
      } catch (RocksDBException e) {
        throw failure(e);
      }
    }

    @Override
    public void put(Family family, byte[] key, byte[] value) {
      try {
        batch.put(written(family), key, value);
      } catch (RocksDBException e) {
        throw failure(e);
      }
    }

    @Override
    public void delete(Family family, byte[] key) {
      try {
        batch.delete(written(family), key);
      } catch (RocksDBException e) {
        throw failure(e);
      }
    }
  }
}

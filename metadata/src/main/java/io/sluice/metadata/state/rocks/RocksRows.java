package io.sluice.metadata.state.rocks;

import io.sluice.metadata.state.row.Family;
import io.sluice.metadata.state.row.RowCursor;
import io.sluice.metadata.state.row.Rows;
import org.jspecify.annotations.Nullable;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.ReadOptions;
import org.rocksdb.ReadTier;
import org.rocksdb.RocksDBException;
import org.rocksdb.Slice;
import org.rocksdb.Snapshot;

/**
 * A reader's view of the store. Holds a lease until it is closed, and closes nothing that its
 * cursors use before they are: close them first. Used by one thread.
 */
public final class RocksRows implements Rows, AutoCloseable {
  private final RocksStore store;
  private final Leases.Lease lease;
  private final @Nullable Snapshot snapshot;
  private final ReadOptions options;

  /** Of {@code snapshot}, or of what is newest at each read when that is null. */
  RocksRows(RocksStore store, Leases.Lease lease, @Nullable Snapshot snapshot, ReadTier tier) {
    this.store = store;
    this.lease = lease;
    this.snapshot = snapshot;
    this.options = options(snapshot, tier);
  }

  private static ReadOptions options(@Nullable Snapshot snapshot, ReadTier tier) {
    ReadOptions options = new ReadOptions().setReadTier(tier);
    return snapshot == null ? options : options.setSnapshot(snapshot);
  }

  @Override
  public byte @Nullable [] get(Family family, byte[] key) {
    ColumnFamilyHandle handle = store.handle(family);
    if (handle == null) {
      return null;
    }
    try {
      return store.database().get(handle, options, key);
    } catch (RocksDBException e) {
      throw RocksStore.failure(e);
    }
  }

  @Override
  public RowCursor scan(Family family, byte[] from, byte @Nullable [] to) {
    ColumnFamilyHandle handle = store.handle(family);
    if (handle == null) {
      return EmptyCursor.INSTANCE;
    }
    Leases.Lease cursorLease = store.leases().take();
    ReadOptions bounded = options(snapshot, options.readTier());
    Slice bound = to == null ? null : new Slice(to);
    if (bound != null) {
      bounded.setIterateUpperBound(bound);
    }
    RowCursor cursor =
        new RocksCursor(store.database().newIterator(handle, bounded), bounded, bound, cursorLease);
    cursor.seek(from);
    return cursor;
  }

  @Override
  public void close() {
    options.close();
    if (snapshot != null) {
      store.database().releaseSnapshot(snapshot);
    }
    lease.release();
  }
}

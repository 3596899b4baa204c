package io.sluice.metadata.state.rocks;

import io.sluice.metadata.state.row.RowCursor;
import org.jspecify.annotations.Nullable;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.Slice;

/** A RocksDB iterator with its upper bound, and a lease of its own. */
final class RocksCursor implements RowCursor {
  private final RocksIterator iterator;
  private final ReadOptions options;
  private final @Nullable Slice bound;
  private final Leases.Lease lease;

  RocksCursor(
      RocksIterator iterator, ReadOptions options, @Nullable Slice bound, Leases.Lease lease) {
    this.iterator = iterator;
    this.options = options;
    this.bound = bound;
    this.lease = lease;
  }

  @Override
  public boolean isValid() {
    if (iterator.isValid()) {
      return true;
    }
    try {
      iterator.status(); // at the end, or stopped by an error?
      return false;
    } catch (RocksDBException e) {
      throw RocksStore.failure(e);
    }
  }

  @Override
  public void next() {
    iterator.next();
  }

  @Override
  public void seek(byte[] key) {
    iterator.seek(key);
  }

  @Override
  public byte[] key() {
    return iterator.key();
  }

  @Override
  public byte[] value() {
    return iterator.value();
  }

  @Override
  public void close() {
    iterator.close();
    options.close();
    if (bound != null) {
      bound.close();
    }
    lease.release();
  }
}

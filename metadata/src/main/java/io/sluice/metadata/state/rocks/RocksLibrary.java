package io.sluice.metadata.state.rocks;

import org.rocksdb.RocksDB;

/** RocksDB's native code, which is unpacked from its jar at each start. */
public final class RocksLibrary {
  private RocksLibrary() {}

  /**
   * Loads it ahead of its first use, which waits for a load that is under way. Blocks for a tenth
   * of a second or more. A failure is left to that first use, which meets it again and reports it.
   */
  public static void preload() {
    try {
      RocksDB.loadLibrary();
    } catch (RuntimeException | LinkageError reportedLater) {
      return;
    }
  }
}

package io.sluice.recovery.backup.restore;

import io.sluice.storage.proto.Bucket;
import java.io.Closeable;
import java.io.IOException;
import java.util.List;

/** What objects are restored to. Blocks; safe for use by many threads. */
interface RestorePlace extends Closeable {
  /** Takes a bucket that is restored, perhaps without objects. */
  void bucket(Bucket bucket) throws IOException;

  /** Restores objects. */
  void restore(List<WantedObject> batch, PackReads packs, RestoreTally tally) throws IOException;

  /** All objects came. */
  void finish() throws IOException;
}

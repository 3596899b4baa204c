package io.sluice.recovery.job;

import io.sluice.recovery.backup.format.RowGroup;
import io.sluice.storage.proto.Bucket;
import java.util.List;

/**
 * Some objects of a backup, in their order.
 *
 * @param isLast whether there are no more
 */
record RestoreBatch(List<Item> items, boolean isLast) {
  /**
   * One of them.
   *
   * @param bucket as it was
   * @param rows the object and its parts
   */
  record Item(Bucket bucket, RowGroup rows) {
    String name() {
      return bucket.getName() + '/' + rows.key().key().toStringUtf8();
    }
  }

  RestoreBatch {
    items = List.copyOf(items);
  }
}

package io.sluice.metadata.state.command;

import io.sluice.metadata.state.row.Family;
import io.sluice.metadata.state.row.KeyCodec;
import io.sluice.metadata.state.row.RowCursor;
import io.sluice.metadata.state.row.Rows;
import io.sluice.metadata.state.row.Transaction;
import io.sluice.storage.proto.PruneRow;
import org.jspecify.annotations.Nullable;

/** The rows of shard 0 that say who prunes which place. */
final class Prunes {
  static final int MAX = 1_000;

  private Prunes() {}

  static @Nullable PruneRow find(Rows rows, String place) {
    return rows.get(Family.NODES, KeyCodec.prune(place), PruneRow.parser());
  }

  static void put(Transaction rows, String place, PruneRow row) {
    rows.put(Family.NODES, KeyCodec.prune(place), row);
  }

  static void remove(Transaction rows, String place) {
    rows.delete(Family.NODES, KeyCodec.prune(place));
  }

  static int count(Rows rows) {
    int count = 0;
    try (RowCursor cursor = rows.scanPrefix(Family.NODES, KeyCodec.PRUNES)) {
      for (; cursor.isValid(); cursor.next()) {
        count++;
      }
    }
    return count;
  }
}

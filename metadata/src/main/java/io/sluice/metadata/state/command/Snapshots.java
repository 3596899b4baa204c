package io.sluice.metadata.state.command;

import io.sluice.metadata.state.row.Family;
import io.sluice.metadata.state.row.KeyCodec;
import io.sluice.metadata.state.row.RowCursor;
import io.sluice.metadata.state.row.Rows;
import io.sluice.storage.proto.RefusalCode;
import io.sluice.storage.proto.SnapshotRow;
import java.util.ArrayList;
import java.util.List;

/** The rows of shard 0 about snapshots: few enough to be read for each command. */
final class Snapshots {
  static final int MAX = 1_000;

  private Snapshots() {}

  static List<SnapshotRow> all(Rows rows) {
    List<SnapshotRow> found = new ArrayList<>();
    try (RowCursor cursor = rows.scan(Family.SNAPSHOTS, KeyCodec.FIRST, null)) {
      for (; cursor.isValid(); cursor.next()) {
        found.add(Rows.parse(SnapshotRow.parser(), cursor.value()));
      }
    }
    return found;
  }

  static SnapshotRow require(Rows rows, String id) throws RefusedException {
    return all(rows).stream()
        .filter(row -> row.getId().equals(id))
        .findAny()
        .orElseThrow(
            () ->
                new RefusedException(
                    RefusalCode.NO_SUCH_SNAPSHOT, "There is no such snapshot any more."));
  }

  static void put(ApplyContext context, SnapshotRow row) {
    context.rows().put(Family.SNAPSHOTS, KeyCodec.snapshot(row.getName()), row);
  }

  static void remove(ApplyContext context, SnapshotRow row) {
    context.rows().delete(Family.SNAPSHOTS, KeyCodec.snapshot(row.getName()));
  }
}

package io.sluice.metadata.state.query;

import io.sluice.metadata.state.row.Family;
import io.sluice.metadata.state.row.KeyCodec;
import io.sluice.metadata.state.row.RowCursor;
import io.sluice.metadata.state.row.Rows;
import io.sluice.storage.proto.Answer;
import io.sluice.storage.proto.SnapshotPage;
import io.sluice.storage.proto.SnapshotRow;

/** The snapshots by name, those that are being made too; at most 1,000. */
record ListSnapshotsQuery() implements ShardQuery {
  @Override
  public Answer answer(Rows rows) {
    SnapshotPage.Builder page = SnapshotPage.newBuilder();
    try (RowCursor cursor = rows.scan(Family.SNAPSHOTS, KeyCodec.FIRST, null)) {
      for (; cursor.isValid(); cursor.next()) {
        page.addSnapshots(Rows.parse(SnapshotRow.parser(), cursor.value()));
      }
    }
    return Answer.newBuilder().setSnapshots(page).build();
  }
}

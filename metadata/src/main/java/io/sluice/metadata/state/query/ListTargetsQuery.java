package io.sluice.metadata.state.query;

import io.sluice.metadata.state.row.Family;
import io.sluice.metadata.state.row.KeyCodec;
import io.sluice.metadata.state.row.RowCursor;
import io.sluice.metadata.state.row.Rows;
import io.sluice.storage.proto.Answer;
import io.sluice.storage.proto.TargetPage;
import io.sluice.storage.proto.TargetRecord;

/** Where backups go, by name. */
record ListTargetsQuery() implements ShardQuery {
  @Override
  public Answer answer(Rows rows) {
    TargetPage.Builder page = TargetPage.newBuilder();
    try (RowCursor cursor = rows.scanPrefix(Family.NODES, KeyCodec.TARGETS)) {
      for (; cursor.isValid(); cursor.next()) {
        page.addTargets(Rows.parse(TargetRecord.parser(), cursor.value()));
      }
    }
    return Answer.newBuilder().setTargets(page).build();
  }
}

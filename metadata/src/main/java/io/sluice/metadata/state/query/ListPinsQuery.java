package io.sluice.metadata.state.query;

import io.sluice.metadata.state.row.Family;
import io.sluice.metadata.state.row.KeyCodec;
import io.sluice.metadata.state.row.RowCursor;
import io.sluice.metadata.state.row.Rows;
import io.sluice.storage.proto.Answer;
import io.sluice.storage.proto.PinPage;
import io.sluice.storage.proto.PinRow;

/** The pins of the shard, at most 1,000. */
record ListPinsQuery() implements ShardQuery {
  @Override
  public Answer answer(Rows rows) {
    PinPage.Builder page = PinPage.newBuilder();
    try (RowCursor cursor = rows.scan(Family.PINS, KeyCodec.FIRST, null)) {
      for (; cursor.isValid(); cursor.next()) {
        page.addPins(Rows.parse(PinRow.parser(), cursor.value()));
      }
    }
    return Answer.newBuilder().setPins(page).build();
  }
}

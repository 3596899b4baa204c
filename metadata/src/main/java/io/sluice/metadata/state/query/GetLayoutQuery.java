package io.sluice.metadata.state.query;

import io.sluice.metadata.state.row.Family;
import io.sluice.metadata.state.row.KeyCodec;
import io.sluice.metadata.state.row.Rows;
import io.sluice.storage.proto.Answer;
import io.sluice.storage.proto.LayoutRecord;

/** The layout; one of version 0 when there is none yet. */
record GetLayoutQuery() implements ShardQuery {
  @Override
  public Answer answer(Rows rows) {
    LayoutRecord layout = rows.get(Family.META, KeyCodec.LAYOUT, LayoutRecord.parser());
    return Answer.newBuilder()
        .setLayout(layout == null ? LayoutRecord.getDefaultInstance() : layout)
        .build();
  }

  @Override
  public boolean isPointLookup() {
    return true;
  }
}

package io.sluice.metadata.state.query;

import io.sluice.metadata.state.row.Family;
import io.sluice.metadata.state.row.KeyCodec;
import io.sluice.metadata.state.row.RowCursor;
import io.sluice.metadata.state.row.Rows;
import io.sluice.storage.proto.Answer;
import io.sluice.storage.proto.GarbagePage;
import io.sluice.storage.proto.GarbageRow;
import io.sluice.storage.proto.ListGarbage;

/** The oldest garbage, and the chunks to delete for it. A page is bounded in items and chunks. */
record ListGarbageQuery(ListGarbage query) implements ShardQuery {
  private static final int ITEMS_MAX = 1000;

  @Override
  public Answer answer(Rows rows) {
    int max = query.getMax() == 0 ? ITEMS_MAX : Math.min(query.getMax(), ITEMS_MAX);
    GarbagePage.Builder page = GarbagePage.newBuilder();
    GarbageChunks chunks = new GarbageChunks(rows);
    byte[] before = KeyCodec.garbageSince(Math.max(0, query.getDereferencedBeforeMs()));
    try (RowCursor cursor = rows.scan(Family.GARBAGE, from(), before)) {
      for (; cursor.isValid(); cursor.next()) {
        if (page.getItemsCount() == max || chunks.isFull()) {
          page.setTruncated(true);
          break;
        }
        page.addItems(chunks.take(cursor.key(), Rows.parse(GarbageRow.parser(), cursor.value())));
      }
    }
    return Answer.newBuilder().setGarbage(page).build();
  }

  private byte[] from() {
    return query.hasAfter()
        ? KeyCodec.garbageBehind(query.getAfter().getDereferencedMs(), query.getAfter().getId())
        : KeyCodec.FIRST;
  }
}

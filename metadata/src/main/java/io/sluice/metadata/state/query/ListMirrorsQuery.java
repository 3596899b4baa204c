package io.sluice.metadata.state.query;

import io.sluice.metadata.state.row.Family;
import io.sluice.metadata.state.row.KeyCodec;
import io.sluice.metadata.state.row.RowCursor;
import io.sluice.metadata.state.row.Rows;
import io.sluice.storage.proto.Answer;
import io.sluice.storage.proto.MirrorPage;
import io.sluice.storage.proto.MirrorRecord;
import io.sluice.storage.proto.ShardHeader;

/** Which buckets are mirrored, and how far that is, by name. */
record ListMirrorsQuery() implements ShardQuery {
  @Override
  public Answer answer(Rows rows) {
    ShardHeader header = rows.get(Family.META, KeyCodec.HEADER, ShardHeader.parser());
    MirrorPage.Builder page =
        MirrorPage.newBuilder().setWritesClosed(header != null && header.getGate().getClosed());
    try (RowCursor cursor = rows.scanPrefix(Family.NODES, KeyCodec.MIRRORS)) {
      for (; cursor.isValid(); cursor.next()) {
        page.addMirrors(Rows.parse(MirrorRecord.parser(), cursor.value()));
      }
    }
    return Answer.newBuilder().setMirrors(page).build();
  }
}

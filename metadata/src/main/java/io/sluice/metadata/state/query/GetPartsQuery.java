package io.sluice.metadata.state.query;

import io.sluice.metadata.state.row.Family;
import io.sluice.metadata.state.row.KeyCodec;
import io.sluice.metadata.state.row.Rows;
import io.sluice.storage.proto.Answer;
import io.sluice.storage.proto.GetParts;
import io.sluice.storage.proto.InlineContent;
import io.sluice.storage.proto.LogPosition;
import io.sluice.storage.proto.Part;
import io.sluice.storage.proto.PartRow;
import io.sluice.storage.proto.PartRows;
import io.sluice.storage.proto.RefusalCode;

/** Parts by their ids, all of them or a refusal: those of garbage are there until forgotten. */
record GetPartsQuery(GetParts query) implements ShardQuery {
  private static final int PARTS_MAX = 100;

  @Override
  public Answer answer(Rows rows) {
    if (query.getIdsCount() > PARTS_MAX) {
      return ShardQuery.refused(RefusalCode.TOO_MANY, "At most 100 parts are given at a time.");
    }
    PartRows.Builder parts = PartRows.newBuilder();
    for (LogPosition id : query.getIdsList()) {
      byte[] key = KeyCodec.position(id);
      Part part = rows.get(Family.PARTS, key, Part.parser());
      if (part == null) {
        return ShardQuery.refused(RefusalCode.NO_SUCH_KEY, "The object was deleted.");
      }
      PartRow.Builder row = PartRow.newBuilder().setId(id).setPart(part);
      if (part.getInline()) {
        InlineContent content = rows.get(Family.INLINE, key, InlineContent.parser());
        if (content == null) {
          return ShardQuery.refused(RefusalCode.NO_SUCH_KEY, "The object was deleted.");
        }
        row.setInlineData(content.getData());
      }
      parts.addRows(row);
    }
    return Answer.newBuilder().setParts(parts).build();
  }

  @Override
  public boolean isPointLookup() {
    return true;
  }
}

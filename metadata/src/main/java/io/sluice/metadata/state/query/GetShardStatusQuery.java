package io.sluice.metadata.state.query;

import io.sluice.metadata.state.row.Family;
import io.sluice.metadata.state.row.KeyCodec;
import io.sluice.metadata.state.row.RowCursor;
import io.sluice.metadata.state.row.Rows;
import io.sluice.storage.proto.Answer;
import io.sluice.storage.proto.ShardHeader;
import io.sluice.storage.proto.ShardStatus;

/** How far the shard is, and how much waits in it. */
record GetShardStatusQuery() implements ShardQuery {
  @Override
  public Answer answer(Rows rows) {
    ShardHeader header = rows.get(Family.META, KeyCodec.HEADER, ShardHeader.parser());
    if (header == null) {
      header = ShardHeader.getDefaultInstance();
    }
    ShardStatus.Builder status =
        ShardStatus.newBuilder()
            .setApplied(header.getApplied())
            .setShardTimeMs(header.getShardTimeMs())
            .setOrphanHorizonMs(header.getOrphanHorizonMs())
            .setOrphanPartition(header.getOrphanPartition())
            .setNewestChange(header.getNewestChange())
            .setGarbage(header.getGarbage())
            .setHistoryWindowMs(header.getHistoryWindowMs())
            .setHistorySince(header.getHistorySince())
            .setHistory(header.getHistory())
            .setChangesSince(header.getChangesSince())
            .setFormat(header.getFormat())
            .addAllHolds(header.getHoldsList())
            .setGate(header.getGate());
    try (RowCursor changes = rows.scan(Family.CHANGES, KeyCodec.FIRST, null)) {
      if (changes.isValid()) {
        status.setOldestChange(KeyCodec.positionIn(changes.key()).getIndex());
      }
    }
    return Answer.newBuilder().setStatus(status).build();
  }
}

package io.sluice.metadata.state.query;

import com.google.protobuf.ByteString;
import io.sluice.metadata.state.row.Family;
import io.sluice.metadata.state.row.Rows;
import io.sluice.storage.proto.Answer;
import io.sluice.storage.proto.FindUnreferenced;
import io.sluice.storage.proto.RefusalCode;
import io.sluice.storage.proto.UnreferencedChunks;

/** Which chunks nothing in the shard names. Garbage still names its own. */
record FindUnreferencedQuery(FindUnreferenced query) implements ShardQuery {
  private static final int CHUNKS_MAX = 10_000;

  @Override
  public Answer answer(Rows rows) {
    if (query.getChunkIdsCount() > CHUNKS_MAX) {
      return ShardQuery.refused(
          RefusalCode.TOO_MANY, "At most 10000 chunks are looked up at a time.");
    }
    UnreferencedChunks.Builder unreferenced = UnreferencedChunks.newBuilder();
    for (ByteString id : query.getChunkIdsList()) {
      if (rows.get(Family.CHUNKS, id.toByteArray()) == null) {
        unreferenced.addChunkIds(id);
      }
    }
    return Answer.newBuilder().setUnreferenced(unreferenced).build();
  }
}

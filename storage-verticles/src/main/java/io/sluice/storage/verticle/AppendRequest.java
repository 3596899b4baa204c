package io.sluice.storage.verticle;

import io.sluice.storage.chunk.ChunkId;
import io.sluice.storage.chunk.ChunkRecord;
import io.sluice.storage.chunk.EncodedChunk;
import io.vertx.core.Promise;
import java.util.List;

/** Something that waits to be appended. */
sealed interface AppendRequest {
  Promise<Void> promise();

  /** Bytes it will write, at most. */
  long bytes();

  /** Gives up what it holds. */
  void release();

  /** A chunk; holds a reference to it. Its writer knew this layout. */
  record Put(EncodedChunk chunk, long layoutVersion, Promise<Void> promise)
      implements AppendRequest {
    @Override
    public long bytes() {
      return chunk.record().readableBytes();
    }

    @Override
    public void release() {
      chunk.release();
    }
  }

  /** Deletions. */
  record Delete(List<ChunkId> ids, Promise<Void> promise) implements AppendRequest {
    @Override
    public long bytes() {
      return (long) ids.size() * ChunkRecord.FIXED_HEAD;
    }

    @Override
    public void release() {
      // Ids hold nothing that is counted.
    }
  }

  /** Writes nothing: is answered when everything that came before it was. */
  record Fence(Promise<Void> promise) implements AppendRequest {
    @Override
    public long bytes() {
      return 0;
    }

    @Override
    public void release() {
      // It holds nothing.
    }
  }
}

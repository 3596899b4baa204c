package io.sluice.recovery;

import io.sluice.storage.chunk.ChunkId;
import io.sluice.storage.chunk.ChunkStore;
import io.sluice.storage.chunk.EncodedChunk;
import io.sluice.storage.chunk.StoredFrames;
import io.vertx.core.Future;

/** For objects that are small, and lie in the metadata. */
public final class NoChunks implements ChunkStore {
  @Override
  public ChunkId allocate(long routingKey) {
    throw new UnsupportedOperationException();
  }

  @Override
  public Future<Void> write(EncodedChunk chunk) {
    throw new UnsupportedOperationException();
  }

  @Override
  public Future<StoredFrames> read(ChunkId id, int firstFrame, int frameCount) {
    throw new UnsupportedOperationException();
  }
}

package io.sluice.storage.chunk;

import io.netty.buffer.ByteBuf;
import io.sluice.storage.StorageFailure;
import io.vertx.core.Future;

/**
 * Chunks, kept on as many replicas as the layout says: what the upload and download pipelines use.
 * Placement, quorum, retries and the choice of a replica are behind it.
 *
 * <p>Every method returns at once and may be called on any thread; futures complete on any thread.
 */
public interface ChunkStore {
  /**
   * A fresh id in a partition that takes writes now.
   *
   * @param routingKey what the consistent-hash policy hashes (bucket id and object key); the other
   *     policies ignore it
   * @throws StorageFailure.Unavailable when no partition has a write quorum
   */
  ChunkId allocate(long routingKey);

  /**
   * Stores a chunk under the id in its header on a write quorum of its replicas.
   *
   * @param chunk the store takes over the caller's reference, whatever happens
   * @return completes when a quorum has it durably; fails with {@link StorageFailure.Unavailable}
   */
  Future<Void> write(EncodedChunk chunk);

  /**
   * Reads consecutive frames from the best replica, and from another when that one fails. See
   * {@link ChunkReplica#read}; the receiver releases {@link StoredFrames#stored()}, a {@link
   * ByteBuf}.
   */
  Future<StoredFrames> read(ChunkId id, int firstFrame, int frameCount);
}

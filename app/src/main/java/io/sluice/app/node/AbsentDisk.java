package io.sluice.app.node;

import io.sluice.storage.StorageFailure;
import io.sluice.storage.chunk.ChunkId;
import io.sluice.storage.chunk.ChunkReplica;
import io.sluice.storage.chunk.EncodedChunk;
import io.sluice.storage.chunk.StoredFrames;
import io.vertx.core.Future;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A disk that this node had and could not open: it counts as failed until it is back or was
 * replaced, so that the others go on and make up for it. Any thread.
 */
final class AbsentDisk implements ChunkReplica {
  private final String id;
  private final long capacityBytes;
  private final String reason;

  /**
   * @param capacityBytes as it was when it was open last
   * @param reason why it is not there
   */
  AbsentDisk(String id, long capacityBytes, String reason) {
    this.id = id;
    this.capacityBytes = capacityBytes;
    this.reason = reason;
  }

  @Override
  public String id() {
    return id;
  }

  @Override
  public State state() {
    return State.FAILED;
  }

  @Override
  public Load load() {
    return new Load(0, 0, capacityBytes, 0);
  }

  @Override
  public Future<Void> write(EncodedChunk chunk, long layoutVersion) {
    return failed();
  }

  @Override
  public Future<StoredFrames> read(ChunkId chunk, int firstFrame, int frameCount) {
    return failed();
  }

  @Override
  public Future<Void> delete(List<ChunkId> ids) {
    return failed();
  }

  @Override
  public Future<List<ChunkId>> list(int partition, @Nullable ChunkId after, int max) {
    return failed();
  }

  @Override
  public Future<Void> raiseLayoutVersion(long version) {
    return failed();
  }

  private <T> Future<T> failed() {
    return Future.failedFuture(new StorageFailure.DiskFailed(reason, null));
  }
}

package io.sluice.storage.chunk;

import io.sluice.storage.StorageFailure;
import io.vertx.core.Future;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One storage verticle as others see it: a disk that keeps chunks. In the same process it is called
 * directly; another node's is reached over the internal channel, behind this same interface.
 *
 * <p>Every method returns at once and may be called on any thread. Futures complete on any thread:
 * callers hop back to their context.
 */
public interface ChunkReplica {
  /** What a replica will take. */
  enum State {
    /** Reads and writes. */
    WRITABLE,
    /** Reads and deletions of what is there; full, or told to. */
    READ_ONLY,
    /** Neither: the disk reported errors, or the replica is stopping. */
    FAILED
  }

  /** How busy a replica is, for load balancing. A snapshot; cheap to take. */
  record Load(int requestsInFlight, long bytesInFlight, long capacityBytes, long freeBytes) {}

  /** The id of the disk, made when it was first used and kept on it. */
  String id();

  State state();

  Load load();

  /**
   * Stores a chunk. Completes when it is durable as the {@code fsync} setting promises. Storing a
   * chunk that is there already succeeds and changes nothing; one that was deleted is refused.
   *
   * @param chunk the caller keeps its reference; the replica retains its own while it needs it
   * @param layoutVersion the layout the writer knows; an older one than the replica's is refused
   * @return fails with {@link StorageFailure.Unavailable} when too much is in flight, {@link
   *     StorageFailure.DiskFailed} when the disk takes no writes, {@link
   *     StorageFailure.ChunkDamaged} when the record does not match its checksums or is of another
   *     cluster, {@link StorageFailure.ChunkNotFound} when the chunk was deleted
   */
  Future<Void> write(EncodedChunk chunk, long layoutVersion);

  /**
   * Reads consecutive frames.
   *
   * @param firstFrame 0 to {@link ChunkRecord#FRAMES_MAX} - 1
   * @param frameCount at least 1; fewer come when the chunk ends before
   * @return fails with {@link StorageFailure.ChunkNotFound} or {@link StorageFailure.ChunkDamaged}
   */
  Future<StoredFrames> read(ChunkId id, int firstFrame, int frameCount);

  /**
   * Records that chunks are deleted; their space comes back by compaction. Unknown ids are recorded
   * too, so that a late copy does not bring one back.
   *
   * @param ids at most 10,000
   */
  Future<Void> delete(List<ChunkId> ids);

  /**
   * The ids that are here, in their order.
   *
   * @param partition 0 to 65,535 of pool 0
   * @param after ids greater than this one; null for the first page
   * @param max 1 to 10,000
   */
  Future<List<ChunkId>> list(int partition, @Nullable ChunkId after, int max);

  /**
   * Refuses writers that know only an older layout from now on, durably, so that what was written
   * under it can be listed completely (INVARIANTS 4).
   *
   * @return completes when that is so, also after a restart
   */
  Future<Void> raiseLayoutVersion(long version);
}

package io.sluice.recovery.restore;

import com.google.protobuf.ByteString;
import io.sluice.storage.StorageFailure;
import io.sluice.storage.proto.Part;
import io.smallrye.mutiny.Uni;

/**
 * Stores bytes once more, where another shard may name them: a chunk is named by one shard alone
 * (INVARIANTS 2). May be called on any thread, and is bounded in what it holds in memory however
 * many copies are under way.
 */
public interface PartCopies {
  /**
   * Bytes that are stored and that nothing names yet.
   *
   * @param part with the MD5 of what was stored, and a checksum of the first algorithm of its
   *     source
   * @param inlineData the bytes themselves when the part is inline, else empty
   */
  record Copied(Part part, ByteString inlineData) {}

  /**
   * Copies a part.
   *
   * @param inlineData the bytes themselves when the source is inline, else empty
   * @param key of the object they are for, by which they are spread
   * @return fails with {@link StorageFailure}; completes on any thread
   */
  Uni<Copied> copy(Part source, ByteString inlineData, ByteString key);
}

package io.sluice.cluster.channel;

import io.vertx.core.Future;
import java.nio.file.Path;

/** Makes copies of a shard's state for a peer that fell behind the log. */
@FunctionalInterface
public interface CheckpointSource {
  /**
   * Makes a checkpoint. Called on an event loop: returns at once.
   *
   * @return a directory of plain files, without directories in it, that is the receiver's to
   *     delete. Fails with {@link io.sluice.storage.StorageFailure.NotLeader} or {@link
   *     io.sluice.storage.StorageFailure.Unavailable}
   */
  Future<Path> checkpoint(int shard);
}

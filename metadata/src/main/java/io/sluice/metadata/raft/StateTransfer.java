package io.sluice.metadata.raft;

import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;

/**
 * Fetches the state of a shard from the peer that leads it, for a peer that is so far behind that
 * the log does not lead on from where it is. What is fetched is what {@code
 * MetadataServer.checkpoint} made there.
 */
@FunctionalInterface
public interface StateTransfer {
  /**
   * Copies the files of a checkpoint. Returns at once.
   *
   * @param leaderPeerId whom to ask
   * @param into an empty directory. When the result completes normally, all the checkpoint's files
   *     are in it, whole; they need not be fsynced
   * @return fails when that can't be done now; the leader asks again
   */
  CompletableFuture<Void> fetch(String leaderPeerId, int shard, Path into);
}

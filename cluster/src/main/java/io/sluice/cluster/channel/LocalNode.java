package io.sluice.cluster.channel;

import io.sluice.storage.MetadataPeer;
import io.sluice.storage.chunk.ChunkReplica;
import io.sluice.storage.proto.NodeIdentity;
import org.jspecify.annotations.Nullable;

/**
 * What this node shows to the others. Asked anew for each request, so that the server can run
 * before the node belongs to any cluster. Called on event loops: every method returns at once.
 */
public interface LocalNode {
  /** What the node is now. */
  NodeIdentity identity();

  /** A disk of this node; null when it has none of that id. */
  @Nullable ChunkReplica disk(String id);

  /** The node's metadata server; null when it has none, or none yet. */
  @Nullable MetadataPeer metadata();

  /** Where checkpoints come from; null when the node has no metadata. */
  @Nullable CheckpointSource checkpoints();
}

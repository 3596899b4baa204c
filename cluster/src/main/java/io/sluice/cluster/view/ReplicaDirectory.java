package io.sluice.cluster.view;

import io.sluice.storage.chunk.ChunkReplica;
import io.sluice.storage.proto.NodeRecord;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Finds a disk's replica by its id: this node's own disks directly, another node's over the
 * internal channel, at the address that the metadata has for the node. A replica is kept until its
 * node leaves, moves or is another incarnation.
 *
 * <p>{@link #apply} may be called on any thread. Follows the views by itself.
 */
public final class ReplicaDirectory implements Function<String, @Nullable ChunkReplica> {
  private record Remote(String node, String incarnation, String address, ChunkReplica replica) {
    boolean isOf(NodeRecord record) {
      return node.equals(record.getName())
          && incarnation.equals(record.getIncarnation())
          && address.equals(record.getInternalAddress());
    }
  }

  private final Map<String, ChunkReplica> local;
  private final Function<String, @Nullable NodeRecord> nodeWithDisk;
  private final BiFunction<NodeRecord, String, ChunkReplica> connect;
  private final Map<String, Remote> remotes = new ConcurrentHashMap<>();

  /**
   * @param local this node's own disks, by id
   * @param views where the nodes are
   * @param connect makes the replica of another node's disk; must not block
   */
  public ReplicaDirectory(
      Map<String, ChunkReplica> local,
      ClusterViews views,
      BiFunction<NodeRecord, String, ChunkReplica> connect) {
    this(local, diskId -> views.current().nodeWithDisk(diskId).orElse(null), connect);
    views.addListener(this::accept);
  }

  ReplicaDirectory(
      Map<String, ChunkReplica> local,
      Function<String, @Nullable NodeRecord> nodeWithDisk,
      BiFunction<NodeRecord, String, ChunkReplica> connect) {
    this.local = Map.copyOf(local);
    this.nodeWithDisk = nodeWithDisk;
    this.connect = connect;
  }

  /** The replica with an id; null when no node of the cluster has it. */
  @Override
  public @Nullable ChunkReplica apply(String diskId) {
    ChunkReplica own = local.get(diskId);
    if (own != null) {
      return own;
    }
    NodeRecord node = nodeWithDisk.apply(diskId);
    if (node == null) {
      return null;
    }
    Remote known = remotes.get(diskId);
    if (known != null && known.isOf(node)) {
      return known.replica();
    }
    return remotes
        .compute(
            diskId, (id, other) -> other != null && other.isOf(node) ? other : connectTo(node, id))
        .replica();
  }

  private Remote connectTo(NodeRecord node, String diskId) {
    return new Remote(
        node.getName(),
        node.getIncarnation(),
        node.getInternalAddress(),
        connect.apply(node, diskId));
  }

  /** Drops what is no longer so. */
  void accept(ClusterView view) {
    remotes
        .entrySet()
        .removeIf(
            remote ->
                view.nodeWithDisk(remote.getKey())
                    .filter(node -> remote.getValue().isOf(node))
                    .isEmpty());
  }
}

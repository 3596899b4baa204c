package io.sluice.cluster.view;

import io.sluice.cluster.member.NodeHints;
import io.sluice.storage.chunk.ChunkReplica;
import io.sluice.storage.proto.DiskHint;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * How busy the disks of other nodes are, as their hints say. Good for choosing between disks that
 * would all do; a hint that is lost or forged must never make a disk unusable.
 *
 * <p>May be called on any thread; never blocks.
 */
public final class LoadTable {
  private static final int READ_ONLY = 1;
  private static final int FAILED = 2;

  private final Supplier<ClusterView> view;
  private final NodeHints hints;

  public LoadTable(Supplier<ClusterView> view, NodeHints hints) {
    this.view = view;
    this.hints = hints;
  }

  /** What the node that has the disk said last; empty when it is silent or never said anything. */
  public Optional<ChunkReplica.Load> load(String diskId) {
    return hint(diskId)
        .map(
            hint ->
                new ChunkReplica.Load(
                    hint.getRequestsInFlight(),
                    hint.getBytesInFlight(),
                    hint.getCapacityBytes(),
                    hint.getFreeBytes()));
  }

  /** What the disk takes, as far as is known: everything, unless its node says otherwise. */
  public ChunkReplica.State state(String diskId) {
    return switch (hint(diskId).map(DiskHint::getState).orElse(0)) {
      case READ_ONLY -> ChunkReplica.State.READ_ONLY;
      case FAILED -> ChunkReplica.State.FAILED;
      default -> ChunkReplica.State.WRITABLE;
    };
  }

  private Optional<DiskHint> hint(String diskId) {
    // Whose disk it is says the metadata: a node can claim the load of its own disks only.
    String node = view.get().nodeOfDisk().get(diskId);
    return node == null ? Optional.empty() : hints.disk(node, diskId);
  }
}

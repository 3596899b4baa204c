package io.sluice.metadata.state.command;

import io.sluice.metadata.state.row.Family;
import io.sluice.metadata.state.row.KeyCodec;
import io.sluice.metadata.state.row.Transaction;
import io.sluice.storage.proto.LayoutRecord;
import io.sluice.storage.proto.NodeRecord;
import io.sluice.storage.proto.Outcome;
import io.sluice.storage.proto.PutLayout;
import io.sluice.storage.proto.RefusalCode;
import io.sluice.storage.proto.ReplicaSet;
import java.util.Collections;
import java.util.HashSet;
import java.util.Set;

/**
 * Replaces the layout by the one that follows it; of two that follow the same one, the first wins.
 * None gives partitions to a node that was removed.
 */
record PutLayoutCommand(PutLayout command) implements ShardCommand {
  @Override
  public Outcome.Builder apply(ApplyContext context) throws RefusedException {
    Transaction rows = context.rows();
    LayoutRecord current = rows.get(Family.META, KeyCodec.LAYOUT, LayoutRecord.parser());
    long version = current == null ? 0 : current.getVersion();
    if (command.getLayout().getVersion() != version + 1) {
      throw new RefusedException(
          RefusalCode.CONFLICT, "The layout has version " + version + " by now.");
    }
    requireDisksThatStay(rows);
    rows.put(Family.META, KeyCodec.LAYOUT, command.getLayout());
    ClusterRows.raiseRevision(rows);
    return ApplyContext.done();
  }

  /** A plan may have been made before a node was removed that had no partitions then. */
  private void requireDisksThatStay(Transaction rows) throws RefusedException {
    Set<String> removed = new HashSet<>();
    Set<String> there = new HashSet<>();
    for (NodeRecord node : ClusterRows.nodes(rows)) {
      Set<String> disks = node.getState() == NodeRecord.State.NODE_REMOVED ? removed : there;
      node.getDisksList().forEach(disk -> disks.add(disk.getId()));
    }
    removed.removeAll(there);
    for (ReplicaSet set : command.getLayout().getPartitionsList()) {
      if (!Collections.disjoint(set.getReplicasList(), removed)
          || !Collections.disjoint(set.getTargetList(), removed)) {
        throw new RefusedException(
            RefusalCode.CONFLICT, "The layout names a disk of a node that was removed.");
      }
    }
  }
}

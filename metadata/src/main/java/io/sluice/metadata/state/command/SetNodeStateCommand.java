package io.sluice.metadata.state.command;

import io.sluice.metadata.state.row.Family;
import io.sluice.metadata.state.row.KeyCodec;
import io.sluice.metadata.state.row.Transaction;
import io.sluice.storage.proto.DiskRecord;
import io.sluice.storage.proto.LayoutRecord;
import io.sluice.storage.proto.NodeRecord;
import io.sluice.storage.proto.Outcome;
import io.sluice.storage.proto.RefusalCode;
import io.sluice.storage.proto.ReplicaSet;
import io.sluice.storage.proto.SetNodeState;

/**
 * Drains or retires a node, or takes it back. None is retired that something is still kept on; nor
 * one that took the place and the name of the one that was meant.
 */
record SetNodeStateCommand(SetNodeState command) implements ShardCommand {
  @Override
  public Outcome.Builder apply(ApplyContext context) throws RefusedException {
    Transaction rows = context.rows();
    NodeRecord known =
        rows.get(Family.NODES, KeyCodec.node(command.getName()), NodeRecord.parser());
    if (known == null || known.getState() == NodeRecord.State.NODE_REMOVED) {
      throw new RefusedException(
          RefusalCode.NO_SUCH_NODE, "The cluster has no node " + command.getName() + ".");
    }
    if (!command.getIncarnation().isEmpty()
        && !command.getIncarnation().equals(known.getIncarnation())) {
      throw new RefusedException(
          RefusalCode.NO_SUCH_NODE,
          "Node " + command.getName() + " is another one by now: look at it again.");
    }
    if (command.getState() == NodeRecord.State.NODE_REMOVED) {
      requireUnused(rows, known);
      rows.put(Family.NODES, KeyCodec.goneNode(known.getIncarnation()), known);
    }
    if (known.getState() != command.getState()) {
      NodeRecord record = known.toBuilder().setState(command.getState()).build();
      rows.put(Family.NODES, KeyCodec.node(command.getName()), record);
      ClusterRows.raiseRevision(rows);
    }
    return ApplyContext.done();
  }

  private static void requireUnused(Transaction rows, NodeRecord node) throws RefusedException {
    LayoutRecord layout = rows.get(Family.META, KeyCodec.LAYOUT, LayoutRecord.parser());
    if (layout == null) {
      return;
    }
    for (DiskRecord disk : node.getDisksList()) {
      for (ReplicaSet set : layout.getPartitionsList()) {
        if (set.getReplicasList().contains(disk.getId())
            || set.getTargetList().contains(disk.getId())) {
          throw new RefusedException(
              RefusalCode.CONFLICT,
              "Node " + node.getName() + " still has partitions: drain it first.");
        }
      }
    }
  }
}

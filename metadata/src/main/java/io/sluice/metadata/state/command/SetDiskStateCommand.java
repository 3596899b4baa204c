package io.sluice.metadata.state.command;

import io.sluice.metadata.state.row.Family;
import io.sluice.metadata.state.row.KeyCodec;
import io.sluice.metadata.state.row.Transaction;
import io.sluice.storage.proto.DiskRecord;
import io.sluice.storage.proto.NodeRecord;
import io.sluice.storage.proto.Outcome;
import io.sluice.storage.proto.RefusalCode;
import io.sluice.storage.proto.SetDiskState;

/**
 * Has a disk leave the layout, or takes it back. Only the node that has the disk knows how it is;
 * what others heard of it came over a network that proves nothing (INVARIANTS 13).
 */
record SetDiskStateCommand(SetDiskState command) implements ShardCommand {
  @Override
  public Outcome.Builder apply(ApplyContext context) throws RefusedException {
    Transaction rows = context.rows();
    NodeRecord known =
        rows.get(Family.NODES, KeyCodec.node(command.getNode()), NodeRecord.parser());
    if (known == null
        || known.getState() == NodeRecord.State.NODE_REMOVED
        || !known.getIncarnation().equals(command.getIncarnation())) {
      throw new RefusedException(
          RefusalCode.NO_SUCH_NODE, "The cluster has no such node " + command.getNode() + ".");
    }
    NodeRecord.Builder changed = known.toBuilder();
    DiskRecord.Builder disk =
        changed.getDisksBuilderList().stream()
            .filter(one -> one.getId().equals(command.getDisk()))
            .findFirst()
            .orElseThrow(
                () ->
                    new RefusedException(
                        RefusalCode.NO_SUCH_NODE,
                        "Node "
                            + command.getNode()
                            + " has no disk "
                            + command.getDisk()
                            + " registered."));
    if (disk.getRetired() != command.getRetired()) {
      // One that came back gets its share again by itself.
      disk.setRetired(command.getRetired()).setRefill(!command.getRetired());
      rows.put(Family.NODES, KeyCodec.node(command.getNode()), changed.build());
      ClusterRows.raiseRevision(rows);
    }
    return ApplyContext.done();
  }
}

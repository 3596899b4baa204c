package io.sluice.metadata.state.command;

import io.sluice.metadata.state.row.Family;
import io.sluice.metadata.state.row.KeyCodec;
import io.sluice.metadata.state.row.Transaction;
import io.sluice.storage.FormatRange;
import io.sluice.storage.proto.DiskRecord;
import io.sluice.storage.proto.NodeRecord;
import io.sluice.storage.proto.Outcome;
import io.sluice.storage.proto.RefusalCode;
import io.sluice.storage.proto.RegisterNode;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Adds a node or renews what it says of itself. A name belongs to one incarnation until that is
 * removed: two nodes of one name would answer for each other's disks.
 */
record RegisterNodeCommand(RegisterNode command) implements ShardCommand {
  private static final int NODES_MAX = 1_000;

  @Override
  public Outcome.Builder apply(ApplyContext context) throws RefusedException {
    Transaction rows = context.rows();
    NodeRecord node = command.getNode();
    if (node.getName().isEmpty() || node.getIncarnation().isEmpty()) {
      throw ApplyContext.invalid("A node has a name and an incarnation.");
    }
    if (rows.get(Family.NODES, KeyCodec.goneNode(node.getIncarnation())) != null) {
      throw new RefusedException(
          RefusalCode.NODE_GONE,
          "Node " + node.getName() + " was removed from the cluster; give it empty directories.");
    }
    requireActiveFormat(FormatRange.named(context.header().getFormat()), node);
    requireOwnDisks(rows, node);
    NodeRecord known = rows.get(Family.NODES, KeyCodec.node(node.getName()), NodeRecord.parser());
    NodeRecord.Builder renewed = node.toBuilder();
    renewed.setState(NodeRecord.State.NODE_ACTIVE);
    if (known != null && known.getState() != NodeRecord.State.NODE_REMOVED) {
      if (!known.getIncarnation().equals(node.getIncarnation())) {
        throw new RefusedException(
            RefusalCode.NODE_NAME_TAKEN,
            "The cluster has another node "
                + node.getName()
                + ": give this one another name, or remove that one first.");
      }
      renewed.setState(known.getState());
    }
    NodeRecord record = renewed.build();
    if (!record.equals(known)) {
      rows.put(Family.NODES, KeyCodec.node(node.getName()), record);
      ClusterRows.raiseRevision(rows);
    }
    return ApplyContext.done();
  }

  private static void requireActiveFormat(int active, NodeRecord node) throws RefusedException {
    int newest = FormatRange.named(node.getFormat());
    int oldest = FormatRange.named(node.getOldestFormat());
    if (newest < active) {
      throw new RefusedException(
          RefusalCode.FORMAT_NOT_ACTIVE,
          "node %s is too old: the cluster uses format %d, and this version knows up to %d; start it"
                  .formatted(node.getName(), active, newest)
              + " with the version of the others");
    }
    if (oldest > active) {
      throw new RefusedException(
          RefusalCode.FORMAT_NOT_ACTIVE,
          "node %s is too new: the cluster uses format %d, and this version needs %d at least; bring"
                  .formatted(node.getName(), active, oldest)
              + " all nodes to a version between the two first");
    }
  }

  private static void requireOwnDisks(Transaction rows, NodeRecord node) throws RefusedException {
    Set<String> disks =
        node.getDisksList().stream().map(DiskRecord::getId).collect(Collectors.toSet());
    int others = 0;
    for (NodeRecord other : ClusterRows.nodes(rows)) {
      if (other.getName().equals(node.getName())
          || other.getState() == NodeRecord.State.NODE_REMOVED) {
        continue;
      }
      others++;
      for (DiskRecord disk : other.getDisksList()) {
        if (disks.contains(disk.getId())) {
          throw new RefusedException(
              RefusalCode.NODE_NAME_TAKEN,
              "Disk "
                  + disk.getId()
                  + " belongs to node "
                  + other.getName()
                  + "; remove that one first.");
        }
      }
    }
    if (others >= NODES_MAX) {
      throw new RefusedException(
          RefusalCode.TOO_MANY, "A cluster has at most " + NODES_MAX + " nodes.");
    }
  }
}

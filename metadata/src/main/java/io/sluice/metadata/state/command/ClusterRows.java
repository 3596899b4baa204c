package io.sluice.metadata.state.command;

import com.google.protobuf.UInt64Value;
import io.sluice.metadata.state.row.Family;
import io.sluice.metadata.state.row.KeyCodec;
import io.sluice.metadata.state.row.RowCursor;
import io.sluice.metadata.state.row.Rows;
import io.sluice.metadata.state.row.Transaction;
import io.sluice.storage.proto.NodeRecord;
import java.util.ArrayList;
import java.util.List;

/** Rows of shard 0 that say what the cluster consists of. */
final class ClusterRows {
  private ClusterRows() {}

  /** To be called with each change of layout, nodes or settings: others ask by the revision. */
  static void raiseRevision(Transaction rows) {
    UInt64Value now = rows.get(Family.META, KeyCodec.CLUSTER_REVISION, UInt64Value.parser());
    long next = (now == null ? 0 : now.getValue()) + 1;
    rows.put(Family.META, KeyCodec.CLUSTER_REVISION, UInt64Value.of(next));
  }

  /** All nodes, by name, as they were before the command. */
  static List<NodeRecord> nodes(Rows rows) {
    List<NodeRecord> nodes = new ArrayList<>();
    try (RowCursor cursor = rows.scanPrefix(Family.NODES, KeyCodec.NODES)) {
      for (; cursor.isValid(); cursor.next()) {
        nodes.add(Rows.parse(NodeRecord.parser(), cursor.value()));
      }
    }
    return nodes;
  }
}

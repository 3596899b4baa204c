package io.sluice.metadata.state.query;

import com.google.protobuf.UInt64Value;
import io.sluice.metadata.state.row.Family;
import io.sluice.metadata.state.row.KeyCodec;
import io.sluice.metadata.state.row.RowCursor;
import io.sluice.metadata.state.row.Rows;
import io.sluice.storage.proto.Answer;
import io.sluice.storage.proto.ClusterState;
import io.sluice.storage.proto.GetCluster;
import io.sluice.storage.proto.LayoutRecord;
import io.sluice.storage.proto.NodeRecord;
import io.sluice.storage.proto.SettingRecord;
import io.sluice.storage.proto.ShardHeader;

/** What the cluster consists of; only the revision when the asker has that one already. */
record GetClusterQuery(GetCluster query) implements ShardQuery {
  @Override
  public Answer answer(Rows rows) {
    UInt64Value revision = rows.get(Family.META, KeyCodec.CLUSTER_REVISION, UInt64Value.parser());
    ClusterState.Builder cluster = ClusterState.newBuilder();
    cluster.setRevision(revision == null ? 0 : revision.getValue());
    if (cluster.getRevision() == 0 || cluster.getRevision() != query.getKnownRevision()) {
      fill(cluster, rows);
    }
    return Answer.newBuilder().setCluster(cluster).build();
  }

  private static void fill(ClusterState.Builder cluster, Rows rows) {
    ShardHeader header = rows.get(Family.META, KeyCodec.HEADER, ShardHeader.parser());
    if (header != null) {
      cluster.setFormat(header.getFormat());
    }
    LayoutRecord layout = rows.get(Family.META, KeyCodec.LAYOUT, LayoutRecord.parser());
    if (layout != null) {
      cluster.setLayout(layout);
    }
    try (RowCursor cursor = rows.scanPrefix(Family.NODES, KeyCodec.NODES)) {
      for (; cursor.isValid(); cursor.next()) {
        cluster.addNodes(Rows.parse(NodeRecord.parser(), cursor.value()));
      }
    }
    try (RowCursor cursor = rows.scanPrefix(Family.NODES, KeyCodec.GONE_NODES)) {
      for (; cursor.isValid(); cursor.next()) {
        String peer = Rows.parse(NodeRecord.parser(), cursor.value()).getPeerId();
        if (!peer.isEmpty()) {
          cluster.addGonePeers(peer);
        }
      }
    }
    try (RowCursor cursor = rows.scanPrefix(Family.NODES, KeyCodec.SETTINGS)) {
      for (; cursor.isValid(); cursor.next()) {
        cluster.addSettings(Rows.parse(SettingRecord.parser(), cursor.value()));
      }
    }
  }
}

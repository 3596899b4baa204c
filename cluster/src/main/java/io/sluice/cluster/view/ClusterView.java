package io.sluice.cluster.view;

import io.sluice.storage.FormatRange;
import io.sluice.storage.Layout;
import io.sluice.storage.proto.ClusterState;
import io.sluice.storage.proto.DiskRecord;
import io.sluice.storage.proto.NodeRecord;
import io.sluice.storage.proto.SettingRecord;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What the cluster consists of, at one revision: agreed through Raft, the same on every node that
 * knows the revision. Immutable.
 *
 * @param revision grows with each change
 * @param layout version 0 before there is one
 * @param nodes by name, without those that were removed
 * @param nodeOfDisk the name of the node that has a disk, by the disk's id
 * @param settings what an operator set, by name
 * @param gonePeers the metadata peers of all nodes that were removed: they never come back
 * @param format the active format version: nothing newer may be written
 */
public record ClusterView(
    long revision,
    Layout layout,
    Map<String, NodeRecord> nodes,
    Map<String, String> nodeOfDisk,
    Map<String, String> settings,
    Set<String> gonePeers,
    int format) {

  public ClusterView {
    nodes = Map.copyOf(nodes);
    nodeOfDisk = Map.copyOf(nodeOfDisk);
    settings = Map.copyOf(settings);
    gonePeers = Set.copyOf(gonePeers);
  }

  public static ClusterView of(ClusterState state) {
    Map<String, NodeRecord> nodes = new LinkedHashMap<>();
    Map<String, String> nodeOfDisk = new LinkedHashMap<>();
    for (NodeRecord node : state.getNodesList()) {
      if (node.getState() != NodeRecord.State.NODE_REMOVED) {
        nodes.put(node.getName(), node);
        for (DiskRecord disk : node.getDisksList()) {
          nodeOfDisk.put(disk.getId(), node.getName());
        }
      }
    }
    Map<String, String> settings = new LinkedHashMap<>();
    for (SettingRecord setting : state.getSettingsList()) {
      settings.put(setting.getName(), setting.getValue());
    }
    return new ClusterView(
        state.getRevision(),
        Layout.of(state.getLayout()),
        nodes,
        nodeOfDisk,
        settings,
        Set.copyOf(state.getGonePeersList()),
        FormatRange.named(state.getFormat()));
  }

  public Optional<NodeRecord> node(String name) {
    return Optional.ofNullable(nodes.get(name));
  }

  /** The node that has a disk. */
  public Optional<NodeRecord> nodeWithDisk(String diskId) {
    return Optional.ofNullable(nodeOfDisk.get(diskId)).map(nodes::get);
  }

  public Collection<NodeRecord> all() {
    return nodes.values();
  }
}

package io.sluice.cluster.layout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.cluster.layout.RendezvousLayout.Disk;
import io.sluice.storage.Layout;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class RendezvousLayoutTest {
  @Test
  void compute_sameDisks_sameLayoutWhateverTheirOrder() {
    List<Disk> disks = disks(6, 3, 1);
    List<Disk> reversed = new ArrayList<>(disks);
    java.util.Collections.reverse(reversed);
    assertThat(RendezvousLayout.compute(1, 3, reversed))
        .isEqualTo(RendezvousLayout.compute(1, 3, disks));
  }

  @Test
  void compute_weights_giveShares() {
    List<Disk> disks = List.of(new Disk("small", 1, "a", ""), new Disk("large", 3, "b", ""));
    Layout layout = RendezvousLayout.compute(1, 1, disks);
    Map<String, Integer> shares = new HashMap<>();
    layout.partitions().forEach(p -> shares.merge(p.get(0), 1, Integer::sum));
    assertThat(shares.get("large")).isBetween(160, 224);
  }

  @Test
  void compute_enoughZonesAndNodes_replicasShareNeither() {
    List<Disk> disks = disks(12, 6, 3);
    Layout layout = RendezvousLayout.compute(1, 3, disks);
    Map<String, Disk> byId = new HashMap<>();
    disks.forEach(disk -> byId.put(disk.id(), disk));
    for (List<String> partition : layout.partitions()) {
      assertThat(partition.stream().map(id -> byId.get(id).zone())).doesNotHaveDuplicates();
      assertThat(partition.stream().map(id -> byId.get(id).node())).doesNotHaveDuplicates();
    }
  }

  @Test
  void compute_oneNode_replicasOnDistinctDisks() {
    Layout layout = RendezvousLayout.compute(1, 2, disks(3, 1, 1));
    for (List<String> partition : layout.partitions()) {
      assertThat(partition).hasSize(2).doesNotHaveDuplicates();
    }
    assertThat(layout.partitions()).hasSize(Layout.PARTITIONS);
  }

  @Test
  void compute_moreReplicasThanDisks_isRefused() {
    assertThatThrownBy(() -> RendezvousLayout.compute(1, 3, disks(2, 2, 1)))
        .isInstanceOf(IllegalArgumentException.class);
  }

  private static List<Disk> disks(int count, int nodes, int zones) {
    List<Disk> disks = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      int node = i % nodes;
      disks.add(new Disk("disk-" + i, 1, "node-" + node, "zone-" + node % zones));
    }
    return disks;
  }
}

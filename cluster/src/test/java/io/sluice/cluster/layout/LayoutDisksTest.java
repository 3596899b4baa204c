package io.sluice.cluster.layout;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.cluster.layout.RendezvousLayout.Disk;
import io.sluice.storage.proto.DiskRecord;
import io.sluice.storage.proto.NodeRecord;
import java.util.List;
import org.junit.jupiter.api.Test;

class LayoutDisksTest {
  private static final long TIB = 1L << 40;

  private static NodeRecord.Builder node(String name, DiskRecord.Builder... disks) {
    NodeRecord.Builder node = NodeRecord.newBuilder().setName(name).setZone("z-" + name);
    for (DiskRecord.Builder disk : disks) {
      node.addDisks(disk);
    }
    return node;
  }

  private static DiskRecord.Builder disk(String id, long capacity) {
    return DiskRecord.newBuilder().setId(id).setCapacityBytes(capacity);
  }

  @Test
  void usable_weighsByCapacityInTebibytes() {
    assertThat(LayoutDisks.usable(List.of(node("a", disk("a1", 2 * TIB)).build()), n -> false))
        .containsExactly(new Disk("a1", 2, "a", "z-a"));
  }

  @Test
  void usable_nodeWithAWeight_itsDisksShareThat() {
    NodeRecord node = node("a", disk("a1", TIB), disk("a2", 3 * TIB)).setWeight(8).build();
    assertThat(LayoutDisks.usable(List.of(node), n -> false))
        .extracting(Disk::weight)
        .containsExactly(2.0, 6.0);
  }

  @Test
  void usable_withoutThoseThatLeave() {
    List<NodeRecord> nodes =
        List.of(
            node("drains", disk("d1", TIB)).setState(NodeRecord.State.NODE_DRAINING).build(),
            node("gone", disk("g1", TIB)).setState(NodeRecord.State.NODE_REMOVED).build(),
            node("silent", disk("s1", TIB)).build(),
            node("well", disk("w1", TIB).setRetired(true), disk("w2", TIB)).build());
    assertThat(LayoutDisks.usable(nodes, "silent"::equals))
        .extracting(Disk::id)
        .containsExactly("w2");
  }

  @Test
  void usable_unknownCapacity_countsALittle() {
    assertThat(LayoutDisks.usable(List.of(node("a", disk("a1", 0)).build()), n -> false))
        .allSatisfy(disk -> assertThat(disk.weight()).isPositive());
  }
}

package io.sluice.cluster.heal;

import static io.sluice.cluster.heal.TestCluster.id;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sluice.storage.Layout;
import io.sluice.storage.chunk.ChunkId;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** INVARIANTS 15: a disk that stays read-only, or failed, leaves the layout. */
class RetiredDiskTest {
  @RegisterExtension private final TestClusters clusters = new TestClusters();

  @Test
  void oneFullDiskOfTwo_doesNotStopWrites_andIsFilledAgainWhenItIsBack() {
    TestCluster cluster = clusters.begun(2, "a", "b");
    List<ChunkId> written = cluster.fill(0, 5);
    cluster.disk("a").nearlyFull(true);
    assertThat(cluster.write(id(3, 100), cluster.layout())).isFalse();
    cluster.retired.add("disk-a");
    settle(cluster, 1);
    assertThat(cluster.layout().partitions()).allMatch(set -> set.equals(List.of("disk-b")));
    assertThat(cluster.layout().replicas()).isEqualTo(2);
    assertThat(cluster.keeper.obstacle()).contains("2 replicas need 2");
    written.addAll(cluster.fill(100, 5));

    cluster.disk("a").nearlyFull(false);
    cluster.retired.remove("disk-a");
    cluster.refill.add("disk-a");
    settle(cluster, 2);
    assertThat(cluster.keeper.obstacle()).isNull();
    cluster.assertEverywhere(written);
  }

  @Test
  void oneFailedDiskOfTwo_neitherReadableNorWritable_leavesToo() {
    TestCluster cluster = clusters.begun(2, "a", "b");
    List<ChunkId> written = cluster.fill(0, 5);
    cluster.disk("a").down(true);
    cluster.retired.add("disk-a");
    settle(cluster, 1);
    written.addAll(cluster.fill(100, 5));
    cluster.assertEverywhere(written);
  }

  /** INVARIANTS 4: what one of two refuses from now on is no write that counts. */
  @Test
  void lateWriteUnderTheLayoutOfTwo_isNotAcknowledged() {
    TestCluster cluster = clusters.begun(2, "a", "b");
    Layout before = cluster.layout();
    cluster.disk("a").down(true);
    cluster.retired.add("disk-a");
    settle(cluster, 1);
    cluster.disk("a").down(false);
    assertThat(cluster.write(id(5, 1), before)).isFalse();
  }

  @Test
  void retiredDisk_itsPartitionsGoToTheOthers_fromItIfItIsOnlyFull() {
    TestCluster cluster = clusters.begun(1, "a", "b", "c");
    List<ChunkId> written = cluster.fill(0, 5);
    cluster.disk("a").nearlyFull(true);
    cluster.retired.add("disk-a");
    settle(cluster, 1);
    assertThat(cluster.layout().partitions()).noneMatch(set -> set.contains("disk-a"));
    cluster.assertEverywhere(written);
  }

  @Test
  void retiredDisk_whenNobodyHasRoomForWhatItHolds_stays_andItIsSaid() {
    TestCluster cluster = clusters.begun(1, "a", "b", "c");
    Layout before = cluster.layout();
    cluster.disk("a").nearlyFull(true);
    cluster.disk("b").nearlyFull(true);
    cluster.retired.add("disk-a");
    cluster.look();
    assertThat(cluster.layout()).isEqualTo(before);
    assertThat(cluster.keeper.obstacle()).contains("does not fit");
    cluster.disk("b").nearlyFull(false);
    settle(cluster, 1);
    assertThat(cluster.keeper.obstacle()).isNull();
  }

  @Test
  void disksThatNobodyHasAnyMore_areReplacedByTheOnesThatCame() {
    TestCluster cluster = clusters.begun(3, "a", "b", "c", "d");
    List<ChunkId> written = cluster.fill(0, 5);
    // As a node that starts with an empty disk in place of one says.
    cluster.replaceDisk("b", "disk-b2");
    settle(cluster, 3);
    assertThat(cluster.layout().partitions()).noneMatch(set -> set.contains("disk-b"));
    assertThat(cluster.layout().partitions()).anyMatch(set -> set.contains("disk-b2"));
    cluster.assertEverywhere(written);
  }

  /** Until nothing moves, and every partition has as many copies, all on disks that are well. */
  private static void settle(TestCluster cluster, int copies) {
    await()
        .atMost(TestCluster.PATIENCE)
        .until(
            () -> {
              cluster.look();
              Layout layout = cluster.layout();
              return layout.targets().stream().allMatch(List::isEmpty)
                  && layout.partitions().stream()
                      .allMatch(
                          set ->
                              set.size() == copies
                                  && set.stream().allMatch(cluster.disks::containsKey)
                                  && set.stream().noneMatch(cluster.retired::contains));
            });
  }
}

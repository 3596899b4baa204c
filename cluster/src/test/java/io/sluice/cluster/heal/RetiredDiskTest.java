package io.sluice.cluster.heal;

import static io.sluice.cluster.heal.TestCluster.id;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sluice.storage.Layout;
import io.sluice.storage.chunk.ChunkId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** INVARIANTS 15: a disk that stays read-only, or failed, leaves the layout. */
class RetiredDiskTest {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  @Test
  void oneFullDiskOfTwo_doesNotStopWrites_andIsFilledAgainWhenItIsBack() {
    try (TestCluster cluster = new TestCluster(2, "a", "b")) {
      cluster.look();
      List<ChunkId> written = fill(cluster, 0);
      cluster.disk("a").nearlyFull(true);
      assertThat(cluster.write(id(3, 100), cluster.layout())).isFalse();
      cluster.retired.add("disk-a");
      settle(cluster, 1);
      assertThat(cluster.layout().partitions()).allMatch(set -> set.equals(List.of("disk-b")));
      assertThat(cluster.layout().replicas()).isEqualTo(2);
      assertThat(cluster.keeper.obstacle()).contains("2 replicas need 2");
      written.addAll(fill(cluster, 100));

      cluster.disk("a").nearlyFull(false);
      cluster.retired.remove("disk-a");
      cluster.refill.add("disk-a");
      settle(cluster, 2);
      assertThat(cluster.keeper.obstacle()).isNull();
      assertEverywhere(cluster, written);
    }
  }

  @Test
  void oneFailedDiskOfTwo_neitherReadableNorWritable_leavesToo() {
    try (TestCluster cluster = new TestCluster(2, "a", "b")) {
      cluster.look();
      List<ChunkId> written = fill(cluster, 0);
      cluster.disk("a").down(true);
      cluster.retired.add("disk-a");
      settle(cluster, 1);
      written.addAll(fill(cluster, 100));
      assertEverywhere(cluster, written);
    }
  }

  /** INVARIANTS 4: what one of two refuses from now on is no write that counts. */
  @Test
  void lateWriteUnderTheLayoutOfTwo_isNotAcknowledged() {
    try (TestCluster cluster = new TestCluster(2, "a", "b")) {
      cluster.look();
      Layout before = cluster.layout();
      cluster.disk("a").down(true);
      cluster.retired.add("disk-a");
      settle(cluster, 1);
      cluster.disk("a").down(false);
      assertThat(cluster.write(id(5, 1), before)).isFalse();
    }
  }

  @Test
  void retiredDisk_itsPartitionsGoToTheOthers_fromItIfItIsOnlyFull() {
    try (TestCluster cluster = new TestCluster(1, "a", "b", "c")) {
      cluster.look();
      List<ChunkId> written = fill(cluster, 0);
      cluster.disk("a").nearlyFull(true);
      cluster.retired.add("disk-a");
      settle(cluster, 1);
      assertThat(cluster.layout().partitions()).noneMatch(set -> set.contains("disk-a"));
      assertEverywhere(cluster, written);
    }
  }

  @Test
  void retiredDisk_whenNobodyHasRoomForWhatItHolds_stays_andItIsSaid() {
    try (TestCluster cluster = new TestCluster(1, "a", "b", "c")) {
      cluster.look();
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
  }

  @Test
  void disksThatNobodyHasAnyMore_areReplacedByTheOnesThatCame() {
    try (TestCluster cluster = new TestCluster(3, "a", "b", "c", "d")) {
      cluster.look();
      List<ChunkId> written = fill(cluster, 0);
      // As a node that starts with an empty disk in place of one says.
      cluster.replaceDisk("b", "disk-b2");
      settle(cluster, 3);
      assertThat(cluster.layout().partitions()).noneMatch(set -> set.contains("disk-b"));
      assertThat(cluster.layout().partitions()).anyMatch(set -> set.contains("disk-b2"));
      assertEverywhere(cluster, written);
    }
  }

  private static List<ChunkId> fill(TestCluster cluster, int from) {
    List<ChunkId> written = new ArrayList<>();
    Layout layout = cluster.layout();
    for (int partition = 0; partition < Layout.PARTITIONS; partition += 16) {
      for (int number = 0; number < 5; number++) {
        ChunkId chunk = id(partition, from + number);
        assertThat(cluster.write(chunk, layout)).isTrue();
        written.add(chunk);
      }
    }
    return written;
  }

  /** Until nothing moves, and every partition has as many copies, all on disks that are well. */
  private static void settle(TestCluster cluster, int copies) {
    await()
        .atMost(PATIENCE)
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

  private static void assertEverywhere(TestCluster cluster, List<ChunkId> chunks) {
    for (ChunkId chunk : chunks) {
      for (String disk : cluster.layout().replicasOf(chunk.partition())) {
        assertThat(cluster.disks.get(disk).ids()).as(disk).contains(chunk);
      }
    }
  }
}

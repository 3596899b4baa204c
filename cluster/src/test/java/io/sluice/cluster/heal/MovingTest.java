package io.sluice.cluster.heal;

import static io.sluice.cluster.heal.TestCluster.id;
import static io.sluice.cluster.heal.TestCluster.isIdle;
import static io.sluice.cluster.heal.TestCluster.partitionWith;
import static io.sluice.cluster.heal.TestCluster.uses;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.sluice.cluster.layout.LayoutKeeper;
import io.sluice.storage.Layout;
import io.sluice.storage.chunk.ChunkId;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class MovingTest {
  private static final Duration PATIENCE = TestCluster.PATIENCE;

  @RegisterExtension private final TestClusters clusters = new TestClusters();

  @Test
  void rebalance_fewerZonesThanCopies_isRefused_unlessForced() {
    TestCluster cluster = clusters.begun(2, "a", "b", "c");
    cluster.zones.putAll(Map.of("a", "z1", "b", "z1", "c", "z2"));
    assertThatThrownBy(() -> cluster.keeper.rebalance(3, false).await().indefinitely())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("start a node in another zone, or keep fewer copies (--replicas 2)")
        .hasMessageContaining("--force");
    assertThat(cluster.keeper.rebalance(3, true).await().indefinitely()).isEqualTo(2);
  }

  @Test
  void drain_movesEverything_andGivesItUpAtTheOldPlace() {
    TestCluster cluster = clusters.begun(3, "a", "b", "c", "d");
    List<ChunkId> written = cluster.fill();
    cluster.drain("a");
    cluster.settle();
    assertThat(uses(cluster.layout(), "disk-a")).isFalse();
    cluster.assertEverywhere(written);
    cluster.healers.values().forEach(Healer::start);
    cluster.awaitProven();
    await().atMost(PATIENCE).until(() -> cluster.disk("a").ids().isEmpty());
    cluster.assertEverywhere(written);
  }

  /** A move that is done has shown that the new set is whole: nothing waits for another look. */
  @Test
  void afterAMove_nothingIsUnproven_andAfterALossItIs() {
    TestCluster cluster = clusters.begun(3, "a", "b", "c", "d");
    List<ChunkId> written = cluster.fill();
    cluster.healers.values().forEach(Healer::compareAll);
    cluster.awaitProven();
    cluster.drain("a");
    cluster.settle();
    assertThat(cluster.healers.values()).allMatch(healer -> healer.unproven().isEmpty());
    ChunkId lost = written.get(0);
    String disk = cluster.layout().replicasOf(lost.partition()).get(0);
    cluster.disks.get(disk).lose(lost);
    Healer healer = cluster.healers.get(disk.substring("disk-".length()));
    healer.repair(disk, lost);
    await().atMost(PATIENCE).until(() -> healer.unproven().isEmpty() && isIdle(healer));
    cluster.assertEverywhere(written);
  }

  @Test
  void silentNode_itsPartitionsAreCopiedFromTheOthers() {
    TestCluster cluster = clusters.begun(3, "a", "b", "c", "d");
    List<ChunkId> written = cluster.fill();
    cluster.lose("b");
    cluster.settle();
    assertThat(uses(cluster.layout(), "disk-b")).isFalse();
    cluster.assertEverywhere(written);
  }

  /**
   * INVARIANTS 4: a gateway that was paused writes under the old layout after the new replicas took
   * their lists. Without the fence the two that are about to be dropped would acknowledge it.
   */
  @Test
  void lateWriteUnderTheOldLayout_isNotAcknowledgedAfterTheListsWereTaken() {
    TestCluster cluster = clusters.begun(3, "a", "b", "c", "d", "e", "f");
    cluster.drain("a", "b");
    Layout before = cluster.layout();
    int partition = partitionWith(before, "disk-a", "disk-b");
    ChunkId early = id(partition, 1);
    assertThat(cluster.write(early, before)).isTrue();
    cluster.settle();
    ChunkId late = id(partition, 2);
    boolean acknowledged = cluster.write(late, before);
    boolean kept =
        cluster.layout().replicasOf(partition).stream()
            .allMatch(disk -> cluster.disks.get(disk).ids().contains(late));
    assertThat(acknowledged).as("acknowledged though it is kept nowhere").isEqualTo(kept);
    assertThat(acknowledged).isFalse();
    cluster.assertEverywhere(List.of(early));
  }

  /**
   * The same, with disks that compared themselves when they first heard of the move: before the old
   * layout was closed, and so before a write that was still acknowledged under it.
   */
  @Test
  void comparisonBeforeTheOldLayoutWasClosed_doesNotCount() {
    TestCluster cluster = clusters.begun(3, "a", "b", "c", "d", "e", "f");
    Layout before = cluster.layout();
    int partition = partitionWith(before, "disk-a", "disk-b");
    cluster.drain("a", "b");
    cluster.look();
    assertThat(cluster.layout().isMoving(partition)).isTrue();
    cluster.healers.values().forEach(Healer::compareAll);
    await()
        .atMost(PATIENCE)
        .until(() -> cluster.healers.values().stream().allMatch(TestCluster::isIdle));
    ChunkId late = id(partition, 1);
    assertThat(cluster.write(late, before)).isTrue();
    cluster.settle();
    cluster.assertEverywhere(List.of(late));
  }

  /** A write that only a majority took is found by every new replica. */
  @Test
  void writeThatOneReplicaMissed_isThereAfterTheMove() {
    TestCluster cluster = clusters.begun(3, "a", "b", "c", "d", "e", "f");
    Layout before = cluster.layout();
    int partition = partitionWith(before, "disk-a", "disk-b");
    String behind =
        before.replicasOf(partition).stream()
            .filter(disk -> !disk.equals("disk-a") && !disk.equals("disk-b"))
            .findFirst()
            .orElseThrow();
    cluster.disks.get(behind).down(true);
    ChunkId chunk = id(partition, 1);
    assertThat(cluster.write(chunk, before)).isTrue();
    cluster.disks.get(behind).down(false);
    cluster.drain("a", "b");
    cluster.settle();
    cluster.assertEverywhere(List.of(chunk));
  }

  /**
   * Enough of the old replicas have closed the old layout, and then can't be listed: the one that
   * is left may lack what the two have acknowledged.
   */
  @Test
  void tooFewOldReplicasListed_moveWaitsForThem() {
    TestCluster cluster = clusters.begun(3, "a", "b", "c", "d", "e");
    Layout before = cluster.layout();
    int partition = partitionWith(before, "disk-a", "disk-b", "disk-c");
    cluster.disk("c").down(true);
    ChunkId chunk = id(partition, 1);
    assertThat(cluster.write(chunk, before)).isTrue();
    cluster.disk("c").down(false);
    cluster.beforeSync =
        () -> {
          cluster.disk("a").down(true);
          cluster.disk("b").down(true);
        };
    cluster.drain("a", "b");
    await()
        .atMost(PATIENCE)
        .until(
            () -> {
              cluster.look();
              boolean arrived =
                  cluster.layout().version() > before.version() + 1
                      && !cluster.layout().isMoving(partition);
              return arrived || cluster.healers.get("d").figures().getFailures() > 0;
            });
    assertThat(cluster.layout().isMoving(partition)).isTrue();
    cluster.beforeSync = () -> {};
    cluster.disk("a").down(false);
    cluster.disk("b").down(false);
    cluster.settle();
    cluster.assertEverywhere(List.of(chunk));
  }

  /** A chunk that is deleted while its partition moves does not come back with a late copy. */
  @Test
  void deletionDuringAMove_staysDeleted() {
    TestCluster cluster = clusters.begun(3, "a", "b", "c", "d");
    List<ChunkId> written = cluster.fill();
    cluster.drain("a");
    cluster.look();
    Layout moving = cluster.layout();
    int partition = partitionWith(moving, "disk-a");
    assertThat(moving.isMoving(partition)).isTrue();
    ChunkId deleted = id(partition, 0);
    // As garbage collection does: at every holder of both sets.
    for (String holder : moving.holdersOf(partition)) {
      if (!holder.equals("disk-a")) {
        assertThat(cluster.disks.get(holder).delete(List.of(deleted)).succeeded()).isTrue();
      }
    }
    cluster.settle();
    written.remove(deleted);
    cluster.assertEverywhere(written);
    for (String holder : cluster.layout().replicasOf(partition)) {
      assertThat(cluster.disks.get(holder).ids()).doesNotContain(deleted);
    }
  }

  @Test
  void target_thatCannotBeReached_keepsTheOldSet() {
    TestCluster cluster = clusters.begun(3, "a", "b", "c", "d");
    List<ChunkId> written = cluster.fill();
    cluster.disk("d").down(true);
    cluster.drain("a");
    for (int i = 0; i < 20; i++) {
      cluster.look();
    }
    int partition = partitionWith(cluster.layout(), "disk-a");
    assertThat(cluster.layout().isMoving(partition)).isTrue();
    cluster.disk("d").down(false);
    cluster.settle();
    cluster.assertEverywhere(written);
  }

  /**
   * A move that was given up and begun again: what a new replica compared the first time does not
   * count, because writes between the two went to the old replicas alone.
   */
  @Test
  void moveBegunAgain_isComparedAgain() {
    TestCluster cluster = clusters.begun(3, "a", "b", "c", "d", "e");
    int partition = partitionWith(cluster.layout(), "disk-a", "disk-b", "disk-c");
    ChunkId before = id(partition, 0);
    assertThat(cluster.write(before, cluster.layout())).isTrue();
    cluster.disk("e").down(true);
    cluster.drain("a", "b");
    await()
        .atMost(PATIENCE)
        .until(
            () -> {
              cluster.look();
              return cluster.disk("d").ids().contains(before) && isIdle(cluster.healers.get("d"));
            });
    assertThat(cluster.layout().targetOf(partition)).contains("disk-d", "disk-e");
    cluster.activate("a", "b");
    cluster.drain("d", "e");
    cluster.settle();
    assertThat(cluster.layout().replicasOf(partition))
        .containsExactlyInAnyOrder("disk-a", "disk-b", "disk-c");
    ChunkId between = id(partition, 1);
    assertThat(cluster.write(between, cluster.layout())).isTrue();
    cluster.disk("e").down(false);
    cluster.activate("d", "e");
    cluster.drain("a", "b");
    cluster.settle();
    assertThat(cluster.layout().replicasOf(partition)).contains("disk-d", "disk-e");
    cluster.assertEverywhere(List.of(between));
  }

  /**
   * A leader that was away for a while may have missed that a move was given up and begun again.
   */
  @Test
  void leaderThatMissedALayout_countsNothingFromBefore() {
    TestCluster cluster = clusters.begun(3, "a", "b", "c", "d", "e");
    int partition = partitionWith(cluster.layout(), "disk-a", "disk-b", "disk-c");
    cluster.disk("e").down(true);
    cluster.drain("a", "b");
    cluster.look();
    cluster.look();
    assertThat(cluster.lastAskedSince("d", partition)).isEqualTo(cluster.layout().version());
    LayoutKeeper first = cluster.keeper;
    cluster.keeper = cluster.newKeeper(Layout.PARTITIONS, 3);
    cluster.activate("a", "b");
    cluster.drain("d", "e");
    cluster.look();
    assertThat(cluster.layout().isMoving(partition)).isFalse();
    cluster.activate("d", "e");
    cluster.drain("a", "b");
    cluster.look();
    assertThat(cluster.layout().isMoving(partition)).isTrue();
    cluster.keeper.close();
    cluster.keeper = first;
    cluster.look();
    assertThat(cluster.lastAskedSince("d", partition)).isEqualTo(cluster.layout().version());
  }

  /** Of two copies one is no majority, and yet it is enough to go on from. */
  @Test
  void oneOfTwoCopiesLost_theOtherIsCopied() {
    TestCluster cluster = clusters.begun(2, "a", "b", "c");
    List<ChunkId> written = cluster.fill();
    cluster.lose("b");
    cluster.settle();
    cluster.assertEverywhere(written);
  }

  /** A full disk can't note a newer layout; that must not keep its partitions from leaving. */
  @Test
  void fullDisk_canBeDrained() {
    TestCluster cluster = clusters.begun(3, "a", "b", "c", "d");
    List<ChunkId> written = cluster.fill();
    cluster.disk("a").full(true);
    cluster.drain("a");
    cluster.settle();
    cluster.assertEverywhere(written);
  }

  @Test
  void moves_noMoreThanTheLimitAtTheSameTime() {
    int limit = 7;
    TestCluster cluster = clusters.limited(limit, 2, "a", "b", "c");
    cluster.look();
    List<ChunkId> written = cluster.fill();
    cluster.drain("a");
    int most = 0;
    while (uses(cluster.layout(), "disk-a")) {
      cluster.look();
      most = Math.max(most, cluster.movingCount());
      assertThat(most).isLessThanOrEqualTo(limit);
      assertThat(cluster.keeper.progress().partitions()).isLessThanOrEqualTo(256);
    }
    assertThat(most).isEqualTo(limit);
    cluster.assertEverywhere(written);
  }

  /**
   * Few at a time, and gone on with by another keeper: the layout itself says that it is not done.
   */
  @Test
  void rebalance_limited_goesOnUnderTheNextKeeper_untilEven() {
    int limit = 7;
    TestCluster cluster = clusters.limited(limit, 2, "a", "b", "c", "d");
    cluster.drain("d");
    cluster.look();
    List<ChunkId> written = cluster.fill();
    cluster.activate("d");
    cluster.keeper.rebalance(3, false).await().atMost(PATIENCE);
    cluster.look();
    assertThat(cluster.movingCount()).isEqualTo(limit);
    cluster.keeper.close();
    cluster.keeper = cluster.newKeeper(limit, 2);
    await()
        .atMost(PATIENCE)
        .until(
            () -> {
              cluster.look();
              assertThat(cluster.movingCount()).isLessThanOrEqualTo(limit);
              return !cluster.layout().spreading();
            });
    assertThat(cluster.movingCount()).isZero();
    assertThat(cluster.layout().partitions()).allMatch(set -> set.size() == 3);
    for (String disk : cluster.disks.keySet()) {
      assertThat(cluster.layout().partitions().stream().filter(set -> set.contains(disk)).count())
          .isBetween(191L, 193L);
    }
    cluster.assertEverywhere(written);
  }

  /** What was given up is on a majority of the others, whatever went wrong with them. */
  @Test
  void lastCopyOnADiskThatLeft_isHandedOverBeforeItIsGivenUp() {
    TestCluster cluster = clusters.begun(3, "a", "b", "c", "d");
    List<ChunkId> written = cluster.fill();
    cluster.drain("a");
    cluster.settle();
    ChunkId lost =
        written.stream().filter(cluster.disk("a").ids()::contains).findFirst().orElseThrow();
    ChunkId deleted =
        written.stream()
            .filter(id -> cluster.disk("a").ids().contains(id) && !id.equals(lost))
            .findFirst()
            .orElseThrow();
    for (String disk : cluster.layout().replicasOf(lost.partition())) {
      cluster.disks.get(disk).lose(lost);
    }
    for (String disk : cluster.layout().replicasOf(deleted.partition())) {
      assertThat(cluster.disks.get(disk).delete(List.of(deleted)).succeeded()).isTrue();
    }
    cluster.healers.get("a").start();
    await().atMost(PATIENCE).until(() -> cluster.disk("a").ids().isEmpty());
    written.remove(deleted);
    cluster.assertEverywhere(written);
    for (String disk : cluster.layout().replicasOf(deleted.partition())) {
      assertThat(cluster.disks.get(disk).ids()).doesNotContain(deleted);
    }
  }
}

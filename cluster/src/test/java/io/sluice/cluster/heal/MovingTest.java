package io.sluice.cluster.heal;

import static io.sluice.cluster.heal.TestCluster.id;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.sluice.cluster.layout.FirstLayout;
import io.sluice.cluster.layout.LayoutKeeper;
import io.sluice.storage.Layout;
import io.sluice.storage.chunk.ChunkId;
import io.sluice.storage.proto.NodeRecord;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class MovingTest {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  @Test
  void firstLayout_waitsForEnoughNodes() {
    try (TestCluster cluster = new TestCluster(3, "a", "b")) {
      cluster.look();
      assertThat(cluster.layout().version()).isZero();
      assertThat(cluster.keeper.obstacle()).contains("waits for 3 nodes");
    }
  }

  /** Nodes that start before there is a layout have nothing to compare yet. */
  @Test
  void firstLayout_afterTheHealersBegan_isProvenWithoutBeingAskedFor() {
    try (TestCluster cluster = new TestCluster(3, "a", "b", "c")) {
      cluster.healers.values().forEach(Healer::start);
      cluster.look();
      assertThat(cluster.layout().version()).isOne();
      assertThat(cluster.healers.get("a").unproven()).hasSize(Layout.PARTITIONS);
      await()
          .atMost(PATIENCE)
          .until(() -> cluster.healers.values().stream().allMatch(h -> h.unproven().isEmpty()));
    }
  }

  @Test
  void firstLayout_isWhatTheCreatorSaid_notWhatTheLeaderWasTold() {
    try (TestCluster cluster = new TestCluster(3, "a", "b")) {
      cluster.settings.put(FirstLayout.SETTING, new FirstLayout(2, 2).text());
      cluster.look();
      assertThat(cluster.layout().replicas()).isEqualTo(2);
    }
  }

  @Test
  void firstLayout_fewerZonesThanCopies_waitsForAThird() {
    try (TestCluster cluster = new TestCluster(3, "a", "b", "c")) {
      cluster.zones.putAll(Map.of("a", "z1", "b", "z1", "c", "z2"));
      cluster.look();
      assertThat(cluster.layout().version()).isZero();
      assertThat(cluster.keeper.obstacle())
          .contains("3 copies in different zones need 3 zones, and there are 2 (z1, z2)")
          .contains("--force");
      cluster.zones.put("b", "z3");
      cluster.look();
      assertThat(cluster.layout().version()).isEqualTo(1);
      assertThat(cluster.keeper.obstacle()).isNull();
    }
  }

  @Test
  void rebalance_fewerZonesThanCopies_isRefused_unlessForced() {
    try (TestCluster cluster = new TestCluster(2, "a", "b", "c")) {
      cluster.look();
      cluster.zones.putAll(Map.of("a", "z1", "b", "z1", "c", "z2"));
      assertThatThrownBy(() -> cluster.keeper.rebalance(3, false).await().indefinitely())
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("start a node in another zone, or keep fewer copies (--replicas 2)")
          .hasMessageContaining("--force");
      assertThat(cluster.keeper.rebalance(3, true).await().indefinitely()).isEqualTo(2);
    }
  }

  @Test
  void drain_movesEverything_andGivesItUpAtTheOldPlace() {
    try (TestCluster cluster = new TestCluster(3, "a", "b", "c", "d")) {
      cluster.look();
      List<ChunkId> written = fill(cluster);
      cluster.states.put("a", NodeRecord.State.NODE_DRAINING);
      settle(cluster);
      assertNoneOn(cluster.layout(), "disk-a");
      assertEverywhere(cluster, written);
      cluster.healers.values().forEach(Healer::start);
      await()
          .atMost(PATIENCE)
          .until(() -> cluster.healers.values().stream().allMatch(h -> h.unproven().isEmpty()));
      await().atMost(PATIENCE).until(() -> cluster.disk("a").ids().isEmpty());
      assertEverywhere(cluster, written);
    }
  }

  /** A move that is done has shown that the new set is whole: nothing waits for another look. */
  @Test
  void afterAMove_nothingIsUnproven_andAfterALossItIs() {
    try (TestCluster cluster = new TestCluster(3, "a", "b", "c", "d")) {
      cluster.look();
      List<ChunkId> written = fill(cluster);
      cluster.healers.values().forEach(Healer::compareAll);
      await()
          .atMost(PATIENCE)
          .until(() -> cluster.healers.values().stream().allMatch(h -> h.unproven().isEmpty()));
      cluster.states.put("a", NodeRecord.State.NODE_DRAINING);
      settle(cluster);
      assertThat(cluster.healers.values()).allMatch(healer -> healer.unproven().isEmpty());
      ChunkId lost = written.get(0);
      String disk = cluster.layout().replicasOf(lost.partition()).get(0);
      cluster.disks.get(disk).lose(lost);
      Healer healer = cluster.healers.get(disk.substring("disk-".length()));
      healer.repair(disk, lost);
      await().atMost(PATIENCE).until(() -> healer.unproven().isEmpty() && idle(healer));
      assertEverywhere(cluster, written);
    }
  }

  @Test
  void silentNode_itsPartitionsAreCopiedFromTheOthers() {
    try (TestCluster cluster = new TestCluster(3, "a", "b", "c", "d")) {
      cluster.look();
      List<ChunkId> written = fill(cluster);
      cluster.disk("b").down(true);
      cluster.silent.add("b");
      settle(cluster);
      assertNoneOn(cluster.layout(), "disk-b");
      assertEverywhere(cluster, written);
    }
  }

  /**
   * INVARIANTS 4: a gateway that was paused writes under the old layout after the new replicas took
   * their lists. Without the fence the two that are about to be dropped would acknowledge it.
   */
  @Test
  void lateWriteUnderTheOldLayout_isNotAcknowledgedAfterTheListsWereTaken() {
    try (TestCluster cluster = new TestCluster(3, "a", "b", "c", "d", "e", "f")) {
      cluster.look();
      for (String old : List.of("a", "b")) {
        cluster.states.put(old, NodeRecord.State.NODE_DRAINING);
      }
      Layout before = cluster.layout();
      int partition = partitionWith(before, "disk-a", "disk-b");
      ChunkId early = id(partition, 1);
      assertThat(cluster.write(early, before)).isTrue();
      settle(cluster);
      ChunkId late = id(partition, 2);
      boolean acknowledged = cluster.write(late, before);
      boolean kept =
          cluster.layout().replicasOf(partition).stream()
              .allMatch(disk -> cluster.disks.get(disk).ids().contains(late));
      assertThat(acknowledged).as("acknowledged though it is kept nowhere").isEqualTo(kept);
      assertThat(acknowledged).isFalse();
      assertEverywhere(cluster, List.of(early));
    }
  }

  /**
   * The same, with disks that compared themselves when they first heard of the move: before the old
   * layout was closed, and so before a write that was still acknowledged under it.
   */
  @Test
  void comparisonBeforeTheOldLayoutWasClosed_doesNotCount() {
    try (TestCluster cluster = new TestCluster(3, "a", "b", "c", "d", "e", "f")) {
      cluster.look();
      Layout before = cluster.layout();
      int partition = partitionWith(before, "disk-a", "disk-b");
      for (String old : List.of("a", "b")) {
        cluster.states.put(old, NodeRecord.State.NODE_DRAINING);
      }
      cluster.look();
      assertThat(cluster.layout().isMoving(partition)).isTrue();
      cluster.healers.values().forEach(Healer::compareAll);
      await()
          .atMost(PATIENCE)
          .until(() -> cluster.healers.values().stream().allMatch(MovingTest::idle));
      ChunkId late = id(partition, 1);
      assertThat(cluster.write(late, before)).isTrue();
      settle(cluster);
      assertEverywhere(cluster, List.of(late));
    }
  }

  private static boolean idle(Healer healer) {
    return healer.figures().getWaiting() == 0 && healer.figures().getRunning() == 0;
  }

  /** A write that only a majority took is found by every new replica. */
  @Test
  void writeThatOneReplicaMissed_isThereAfterTheMove() {
    try (TestCluster cluster = new TestCluster(3, "a", "b", "c", "d", "e", "f")) {
      cluster.look();
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
      cluster.states.put("a", NodeRecord.State.NODE_DRAINING);
      cluster.states.put("b", NodeRecord.State.NODE_DRAINING);
      settle(cluster);
      assertEverywhere(cluster, List.of(chunk));
    }
  }

  /**
   * Enough of the old replicas have closed the old layout, and then can't be listed: the one that
   * is left may lack what the two have acknowledged.
   */
  @Test
  void tooFewOldReplicasListed_moveWaitsForThem() {
    try (TestCluster cluster = new TestCluster(3, "a", "b", "c", "d", "e")) {
      cluster.look();
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
      state(cluster, NodeRecord.State.NODE_DRAINING, "a", "b");
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
      settle(cluster);
      assertEverywhere(cluster, List.of(chunk));
    }
  }

  /** A chunk that is deleted while its partition moves does not come back with a late copy. */
  @Test
  void deletionDuringAMove_staysDeleted() {
    try (TestCluster cluster = new TestCluster(3, "a", "b", "c", "d")) {
      cluster.look();
      List<ChunkId> written = fill(cluster);
      cluster.states.put("a", NodeRecord.State.NODE_DRAINING);
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
      settle(cluster);
      written.remove(deleted);
      assertEverywhere(cluster, written);
      for (String holder : cluster.layout().replicasOf(partition)) {
        assertThat(cluster.disks.get(holder).ids()).doesNotContain(deleted);
      }
    }
  }

  @Test
  void target_thatCannotBeReached_keepsTheOldSet() {
    try (TestCluster cluster = new TestCluster(3, "a", "b", "c", "d")) {
      cluster.look();
      List<ChunkId> written = fill(cluster);
      cluster.disk("d").down(true);
      cluster.states.put("a", NodeRecord.State.NODE_DRAINING);
      for (int i = 0; i < 20; i++) {
        cluster.look();
      }
      int partition = partitionWith(cluster.layout(), "disk-a");
      assertThat(cluster.layout().isMoving(partition)).isTrue();
      cluster.disk("d").down(false);
      settle(cluster);
      assertEverywhere(cluster, written);
    }
  }

  /**
   * A move that was given up and begun again: what a new replica compared the first time does not
   * count, because writes between the two went to the old replicas alone.
   */
  @Test
  void moveBegunAgain_isComparedAgain() {
    try (TestCluster cluster = new TestCluster(3, "a", "b", "c", "d", "e")) {
      cluster.look();
      int partition = partitionWith(cluster.layout(), "disk-a", "disk-b", "disk-c");
      ChunkId before = id(partition, 0);
      assertThat(cluster.write(before, cluster.layout())).isTrue();
      cluster.disk("e").down(true);
      state(cluster, NodeRecord.State.NODE_DRAINING, "a", "b");
      await()
          .atMost(PATIENCE)
          .until(
              () -> {
                cluster.look();
                return cluster.disk("d").ids().contains(before) && idle(cluster.healers.get("d"));
              });
      assertThat(cluster.layout().targetOf(partition)).contains("disk-d", "disk-e");
      state(cluster, NodeRecord.State.NODE_ACTIVE, "a", "b");
      state(cluster, NodeRecord.State.NODE_DRAINING, "d", "e");
      settle(cluster);
      assertThat(cluster.layout().replicasOf(partition))
          .containsExactlyInAnyOrder("disk-a", "disk-b", "disk-c");
      ChunkId between = id(partition, 1);
      assertThat(cluster.write(between, cluster.layout())).isTrue();
      cluster.disk("e").down(false);
      state(cluster, NodeRecord.State.NODE_ACTIVE, "d", "e");
      state(cluster, NodeRecord.State.NODE_DRAINING, "a", "b");
      settle(cluster);
      assertThat(cluster.layout().replicasOf(partition)).contains("disk-d", "disk-e");
      assertEverywhere(cluster, List.of(between));
    }
  }

  /**
   * A leader that was away for a while may have missed that a move was given up and begun again.
   */
  @Test
  void leaderThatMissedALayout_countsNothingFromBefore() {
    try (TestCluster cluster = new TestCluster(3, "a", "b", "c", "d", "e")) {
      cluster.look();
      int partition = partitionWith(cluster.layout(), "disk-a", "disk-b", "disk-c");
      cluster.disk("e").down(true);
      state(cluster, NodeRecord.State.NODE_DRAINING, "a", "b");
      cluster.look();
      cluster.look();
      assertThat(cluster.lastAskedSince("d", partition)).isEqualTo(cluster.layout().version());
      LayoutKeeper first = cluster.keeper;
      cluster.keeper = cluster.newKeeper(Layout.PARTITIONS, 3);
      state(cluster, NodeRecord.State.NODE_ACTIVE, "a", "b");
      state(cluster, NodeRecord.State.NODE_DRAINING, "d", "e");
      cluster.look();
      assertThat(cluster.layout().isMoving(partition)).isFalse();
      state(cluster, NodeRecord.State.NODE_ACTIVE, "d", "e");
      state(cluster, NodeRecord.State.NODE_DRAINING, "a", "b");
      cluster.look();
      assertThat(cluster.layout().isMoving(partition)).isTrue();
      cluster.keeper.close();
      cluster.keeper = first;
      cluster.look();
      assertThat(cluster.lastAskedSince("d", partition)).isEqualTo(cluster.layout().version());
    }
  }

  private static void state(TestCluster cluster, NodeRecord.State state, String... nodes) {
    for (String node : nodes) {
      cluster.states.put(node, state);
    }
  }

  /** Of two copies one is no majority, and yet it is enough to go on from. */
  @Test
  void oneOfTwoCopiesLost_theOtherIsCopied() {
    try (TestCluster cluster = new TestCluster(2, "a", "b", "c")) {
      cluster.look();
      List<ChunkId> written = fill(cluster);
      cluster.disk("b").down(true);
      cluster.silent.add("b");
      settle(cluster);
      assertEverywhere(cluster, written);
    }
  }

  /** A full disk can't note a newer layout; that must not keep its partitions from leaving. */
  @Test
  void fullDisk_canBeDrained() {
    try (TestCluster cluster = new TestCluster(3, "a", "b", "c", "d")) {
      cluster.look();
      List<ChunkId> written = fill(cluster);
      cluster.disk("a").full(true);
      cluster.states.put("a", NodeRecord.State.NODE_DRAINING);
      settle(cluster);
      assertEverywhere(cluster, written);
    }
  }

  @Test
  void moves_noMoreThanTheLimitAtTheSameTime() {
    int limit = 7;
    try (TestCluster cluster = new TestCluster(limit, 2, "a", "b", "c")) {
      cluster.look();
      List<ChunkId> written = fill(cluster);
      cluster.states.put("a", NodeRecord.State.NODE_DRAINING);
      int most = 0;
      while (uses(cluster.layout(), "disk-a")) {
        cluster.look();
        most = Math.max(most, moving(cluster.layout()));
        assertThat(most).isLessThanOrEqualTo(limit);
        assertThat(cluster.keeper.progress().partitions()).isLessThanOrEqualTo(256);
      }
      assertThat(most).isEqualTo(limit);
      assertEverywhere(cluster, written);
    }
  }

  /**
   * Few at a time, and gone on with by another keeper: the layout itself says that it is not done.
   */
  @Test
  void rebalance_limited_goesOnUnderTheNextKeeper_untilEven() {
    int limit = 7;
    try (TestCluster cluster = new TestCluster(limit, 2, "a", "b", "c", "d")) {
      cluster.states.put("d", NodeRecord.State.NODE_DRAINING);
      cluster.look();
      List<ChunkId> written = fill(cluster);
      cluster.states.put("d", NodeRecord.State.NODE_ACTIVE);
      cluster.keeper.rebalance(3, false).await().atMost(PATIENCE);
      cluster.look();
      assertThat(moving(cluster.layout())).isEqualTo(limit);
      cluster.keeper.close();
      cluster.keeper = cluster.newKeeper(limit, 2);
      await()
          .atMost(PATIENCE)
          .until(
              () -> {
                cluster.look();
                assertThat(moving(cluster.layout())).isLessThanOrEqualTo(limit);
                return !cluster.layout().spreading();
              });
      assertThat(moving(cluster.layout())).isZero();
      assertThat(cluster.layout().partitions()).allMatch(set -> set.size() == 3);
      for (String disk : cluster.disks.keySet()) {
        assertThat(cluster.layout().partitions().stream().filter(set -> set.contains(disk)).count())
            .isBetween(191L, 193L);
      }
      assertEverywhere(cluster, written);
    }
  }

  private static int moving(Layout layout) {
    int moving = 0;
    for (int partition = 0; partition < Layout.PARTITIONS; partition++) {
      moving += layout.isMoving(partition) ? 1 : 0;
    }
    return moving;
  }

  /** What was given up is on a majority of the others, whatever went wrong with them. */
  @Test
  void lastCopyOnADiskThatLeft_isHandedOverBeforeItIsGivenUp() {
    try (TestCluster cluster = new TestCluster(3, "a", "b", "c", "d")) {
      cluster.look();
      List<ChunkId> written = fill(cluster);
      cluster.states.put("a", NodeRecord.State.NODE_DRAINING);
      settle(cluster);
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
      assertEverywhere(cluster, written);
      for (String disk : cluster.layout().replicasOf(deleted.partition())) {
        assertThat(cluster.disks.get(disk).ids()).doesNotContain(deleted);
      }
    }
  }

  private static List<ChunkId> fill(TestCluster cluster) {
    List<ChunkId> written = new ArrayList<>();
    Layout layout = cluster.layout();
    for (int partition = 0; partition < Layout.PARTITIONS; partition += 16) {
      for (int number = 0; number < 10; number++) {
        ChunkId chunk = id(partition, number);
        assertThat(cluster.write(chunk, layout)).isTrue();
        written.add(chunk);
      }
    }
    return written;
  }

  private static void settle(TestCluster cluster) {
    await()
        .atMost(PATIENCE)
        .until(
            () -> {
              cluster.look();
              Layout layout = cluster.layout();
              boolean moving = false;
              for (int partition = 0; partition < Layout.PARTITIONS; partition++) {
                moving |= layout.isMoving(partition);
              }
              boolean leaves =
                  cluster.states.entrySet().stream()
                      .filter(
                          node ->
                              node.getValue() == NodeRecord.State.NODE_DRAINING
                                  || cluster.silent.contains(node.getKey()))
                      .anyMatch(node -> uses(layout, "disk-" + node.getKey()));
              return !moving && !leaves;
            });
  }

  private static boolean uses(Layout layout, String disk) {
    return layout.partitions().stream().anyMatch(set -> set.contains(disk));
  }

  private static int partitionWith(Layout layout, String... disks) {
    for (int partition = 0; partition < Layout.PARTITIONS; partition += 16) {
      if (layout.replicasOf(partition).containsAll(List.of(disks))) {
        return partition;
      }
    }
    for (int partition = 0; partition < Layout.PARTITIONS; partition++) {
      if (layout.replicasOf(partition).containsAll(List.of(disks))) {
        return partition;
      }
    }
    throw new AssertionError("no partition lies on " + List.of(disks));
  }

  private static void assertNoneOn(Layout layout, String disk) {
    assertThat(uses(layout, disk)).isFalse();
  }

  private static void assertEverywhere(TestCluster cluster, List<ChunkId> chunks) {
    for (ChunkId chunk : chunks) {
      for (String disk : cluster.layout().replicasOf(chunk.partition())) {
        assertThat(cluster.disks.get(disk).ids()).as(disk).contains(chunk);
      }
    }
  }
}

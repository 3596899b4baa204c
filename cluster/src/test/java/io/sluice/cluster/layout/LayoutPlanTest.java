package io.sluice.cluster.layout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.withinPercentage;

import io.sluice.cluster.layout.RendezvousLayout.Disk;
import io.sluice.cluster.layout.RendezvousLayout.Plan;
import io.sluice.cluster.layout.RendezvousLayout.Spread;
import io.sluice.cluster.layout.RendezvousLayout.UnmetLayoutException;
import io.sluice.storage.Layout;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Steps from one layout to the next: how much moves, and what may not happen. */
class LayoutPlanTest {
  private static final int REPLICAS = 3;
  private static final int SLOTS = Layout.PARTITIONS * REPLICAS;

  @ParameterizedTest
  @ValueSource(ints = {3, 5, 10, 30})
  void compute_equalNodes_sharesWithinFivePercent(int nodes) {
    Map<String, Integer> shares = shares(RendezvousLayout.compute(1, REPLICAS, nodes(nodes, 1)));
    print(nodes + " equal nodes: " + shares.values());
    double fair = (double) SLOTS / nodes;
    assertThat(shares).hasSize(nodes);
    shares.forEach(
        (disk, share) ->
            assertThat(Math.abs(share - fair)).isLessThanOrEqualTo(Math.max(1.5, fair / 20)));
  }

  @Test
  void plan_nothingChanged_isTheCurrentLayout() {
    Layout layout = RendezvousLayout.compute(7, REPLICAS, nodes(5, 1));
    Plan plan = plan(layout, nodes(5, 1));
    assertThat(plan.layout()).isSameAs(layout);
    assertThat(plan.moves()).isZero();
  }

  @Test
  void plan_fourthNode_movesAQuarterAndOnlyToIt() {
    Layout before = RendezvousLayout.compute(1, REPLICAS, nodes(3, 1));
    Plan plan = plan(before, nodes(4, 1));
    print(
        "4th node to 3: %d of %d replicas move, ideal %d"
            .formatted(plan.moves(), SLOTS, SLOTS / 4));
    assertThat(plan.moves()).isCloseTo(SLOTS / 4, withinPercentage(5));
    for (int p = 0; p < Layout.PARTITIONS; p++) {
      Set<String> gained = new HashSet<>(plan.layout().targetOf(p));
      gained.removeAll(before.replicasOf(p));
      assertThat(gained).isSubsetOf(Set.of("disk-3"));
    }
    assertThat(plan.layout().version()).isEqualTo(2);
    assertBalanced(arrived(plan.layout()), nodes(4, 1), 5);
  }

  @Test
  void plan_oneOfFiveRemoved_movesWhatItHeldAndNoMore() {
    Layout before = RendezvousLayout.compute(1, REPLICAS, nodes(5, 1));
    int held = shares(before).getOrDefault("disk-4", 0);
    Plan plan = plan(before, nodes(4, 1));
    print("1 of 5 removed: %d replicas move, it held %d".formatted(plan.moves(), held));
    assertThat(plan.moves()).isEqualTo(held);
    assertThat(plan.partitionsChanged()).isEqualTo(held);
    assertBalanced(arrived(plan.layout()), nodes(4, 1), 5);
  }

  @Test
  void plan_hundredthNode_movesItsShare() {
    Layout before = RendezvousLayout.compute(1, REPLICAS, nodes(99, 1));
    Plan plan = plan(before, nodes(100, 1));
    print("100th node to 99: %d replicas move, ideal %.1f".formatted(plan.moves(), SLOTS / 100.0));
    assertThat(plan.moves()).isBetween(5, 12);
  }

  @Test
  void plan_weightDoubled_movesTheDifference() {
    Layout before = RendezvousLayout.compute(1, REPLICAS, nodes(5, 1));
    List<Disk> heavier = new ArrayList<>(nodes(5, 1));
    heavier.set(0, new Disk("disk-0", 2, "node-0", ""));
    Plan plan = plan(before, heavier);
    // Its share goes from 1/5 to 2/6, which is all the partitions there are.
    int ideal = SLOTS * 2 / 6 - SLOTS / 5;
    print("weight of 1 of 5 doubled: %d replicas move, ideal %d".formatted(plan.moves(), ideal));
    assertThat(plan.moves()).isCloseTo(ideal, withinPercentage(5));
  }

  @Test
  void plan_weightChangedALittle_movesNothing() {
    Layout before = RendezvousLayout.compute(1, REPLICAS, nodes(5, 1));
    List<Disk> lighter = new ArrayList<>(nodes(5, 1));
    lighter.set(0, new Disk("disk-0", 0.97, "node-0", ""));
    assertThat(plan(before, lighter).moves()).isZero();
  }

  @Test
  void plan_unequalWeights_sharesInProportion() {
    List<Disk> disks = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      disks.add(new Disk("disk-" + i, i < 2 ? 1 : i < 4 ? 2 : 4, "node-" + i, ""));
    }
    Map<String, Integer> shares = shares(RendezvousLayout.compute(1, 2, disks));
    print("weights 1,1,2,2,4,4: " + shares.values());
    for (int i = 0; i < 6; i++) {
      double fair = disks.get(i).weight() / 14 * 2 * Layout.PARTITIONS;
      assertThat(shares.get("disk-" + i)).isCloseTo((int) Math.round(fair), withinPercentage(6));
    }
  }

  @Test
  void plan_oneReplicaToThree_keepsTheOneAndAddsTwo() {
    Layout before = RendezvousLayout.compute(1, 1, nodes(1, 1));
    Plan plan = RendezvousLayout.plan(before, nodes(3, 1), 3, Spread.NODES);
    assertThat(plan.moves()).isEqualTo(2 * Layout.PARTITIONS);
    assertThat(plan.layout().replicas()).isEqualTo(3);
    assertThat(plan.layout().targets()).allMatch(target -> target.contains("disk-0"));
  }

  @Test
  void plan_fewerReplicas_dropsEvenlyAndCopiesNothing() {
    Layout before = RendezvousLayout.compute(1, 3, nodes(6, 1));
    Plan plan = RendezvousLayout.plan(before, nodes(6, 1), 2, Spread.NODES);
    assertThat(plan.moves()).isZero();
    assertThat(plan.partitionsChanged()).isEqualTo(Layout.PARTITIONS);
    shares(arrived(plan.layout())).values().forEach(share -> assertThat(share).isBetween(68, 103));
  }

  @Test
  void plan_whileMoving_goesOnToTheSameTargets() {
    Layout before = RendezvousLayout.compute(1, REPLICAS, nodes(3, 1));
    Layout moving = plan(before, nodes(4, 1)).layout();
    assertThat(plan(moving, nodes(4, 1)).layout()).isSameAs(moving);
  }

  @Test
  void plan_targetDiesWhileMoving_goesBackWithoutCopies() {
    Layout before = RendezvousLayout.compute(1, REPLICAS, nodes(3, 1));
    Layout moving = plan(before, nodes(4, 1)).layout();
    Plan back = plan(moving, nodes(3, 1));
    assertThat(back.moves()).isZero();
    assertThat(back.layout().targets()).allMatch(List::isEmpty);
    assertThat(back.layout().version()).isEqualTo(3);
  }

  @Test
  void plan_zones_noPartitionHasTwoReplicasInOne() {
    List<Disk> disks = nodes(9, 3);
    Layout layout = RendezvousLayout.compute(1, REPLICAS, disks);
    assertDistinct(layout, disks, Disk::zone);
    List<Disk> without = disks.subList(0, 8);
    Layout after = arrived(RendezvousLayout.plan(layout, without, REPLICAS, Spread.ZONES).layout());
    assertDistinct(after, without, Disk::zone);
    print("9 nodes in 3 zones, one removed: " + shares(after));
    // The zone that lost a node still has a copy of everything: its other two hold half each.
    assertThat(shares(after).get("disk-2")).isCloseTo(128, withinPercentage(5));
  }

  @Test
  void plan_twoZones_distinctNodesAndBothZones() {
    List<Disk> disks = nodes(6, 2);
    Layout layout = RendezvousLayout.compute(1, REPLICAS, disks);
    assertDistinct(layout, disks, Disk::node);
    Map<String, Disk> byId = byId(disks);
    assertThat(layout.partitions())
        .allSatisfy(
            set -> assertThat(set.stream().map(id -> byId.get(id).zone()).distinct()).hasSize(2));
  }

  @Test
  void plan_whatCannotBeMet_isRefusedInOneLine() {
    Layout layout = RendezvousLayout.compute(1, 2, nodes(2, 1));
    assertThatThrownBy(() -> RendezvousLayout.plan(layout, nodes(2, 1), 3, Spread.DISKS))
        .isInstanceOf(UnmetLayoutException.class)
        .hasMessage(
            "3 replicas need 3 disks, and 2 can take data (disk-0, disk-1): add disks, bring back"
                + " those that drain or are down, or ask for fewer replicas");
    List<Disk> oneNode =
        IntStream.range(0, 3).mapToObj(i -> new Disk("d" + i, 1, "node-0", "")).toList();
    assertThatThrownBy(() -> RendezvousLayout.plan(layout, oneNode, 3, Spread.NODES))
        .hasMessageContaining("3 replicas need 3 nodes, and 1 can take data (node-0)");
    assertThat(RendezvousLayout.plan(layout, oneNode, 3, Spread.DISKS).moves()).isPositive();
    assertThatThrownBy(() -> RendezvousLayout.plan(layout, nodes(4, 2), 3, Spread.ZONES))
        .hasMessageContaining("3 replicas need 3 zones, and 2 can take data (zone-0, zone-1)");
    assertThatThrownBy(() -> RendezvousLayout.plan(layout, nodes(4, 1), 3, Spread.ZONES))
        .hasMessageContaining("node node-0 has no zone");
  }

  private static Plan plan(Layout layout, List<Disk> disks) {
    return RendezvousLayout.plan(layout, disks, REPLICAS, Spread.NODES);
  }

  private static List<Disk> nodes(int count, int zones) {
    return IntStream.range(0, count)
        .mapToObj(i -> new Disk("disk-" + i, 1, "node-" + i, zones == 1 ? "" : "zone-" + i % zones))
        .toList();
  }

  /** The layout after all its moves. */
  private static Layout arrived(Layout layout) {
    List<List<String>> sets = new ArrayList<>();
    for (int p = 0; p < layout.partitions().size(); p++) {
      sets.add(layout.isMoving(p) ? layout.targetOf(p) : layout.replicasOf(p));
    }
    return new Layout(layout.version() + 1, layout.replicas(), sets);
  }

  private static Map<String, Integer> shares(Layout layout) {
    Map<String, Integer> shares = new TreeMap<>();
    layout.partitions().forEach(set -> set.forEach(id -> shares.merge(id, 1, Integer::sum)));
    return shares;
  }

  private static void assertBalanced(Layout layout, List<Disk> disks, double percent) {
    int fair = layout.replicas() * Layout.PARTITIONS / disks.size();
    assertThat(shares(layout)).hasSize(disks.size());
    shares(layout).values().forEach(s -> assertThat(s).isCloseTo(fair, withinPercentage(percent)));
  }

  private static Map<String, Disk> byId(List<Disk> disks) {
    return disks.stream().collect(Collectors.toMap(Disk::id, Function.identity()));
  }

  private static void assertDistinct(
      Layout layout, List<Disk> disks, Function<Disk, String> domain) {
    Map<String, Disk> byId = new HashMap<>(byId(disks));
    assertThat(layout.partitions())
        .allSatisfy(
            set ->
                assertThat(set.stream().map(id -> domain.apply(byId.get(id))).toList())
                    .doesNotHaveDuplicates()
                    .hasSize(layout.replicas()));
  }

  private static void print(String line) {
    System.out.println(line);
  }

  @Test
  void plan_orderOfDisks_doesNotMatter() {
    Layout before = RendezvousLayout.compute(1, REPLICAS, nodes(3, 1));
    List<Disk> reversed = new ArrayList<>(nodes(5, 1));
    Collections.reverse(reversed);
    assertThat(plan(before, reversed)).isEqualTo(plan(before, nodes(5, 1)));
  }
}

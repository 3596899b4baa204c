package io.sluice.cluster.heal;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.cluster.layout.FirstLayout;
import io.sluice.storage.Layout;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The first layout of a cluster: what it waits for, and how its disks take it up. */
class BeginningTest {
  @RegisterExtension private final TestClusters clusters = new TestClusters();

  @Test
  void firstLayout_waitsForEnoughNodes() {
    TestCluster cluster = clusters.begun(3, "a", "b");
    assertThat(cluster.layout().version()).isZero();
    assertThat(cluster.keeper.obstacle()).contains("waits for 3 nodes");
  }

  /** Nodes that start before there is a layout have nothing to compare yet. */
  @Test
  void firstLayout_afterTheHealersBegan_isProvenWithoutBeingAskedFor() {
    TestCluster cluster = clusters.fresh(3, "a", "b", "c");
    cluster.healers.values().forEach(Healer::start);
    cluster.look();
    assertThat(cluster.layout().version()).isOne();
    assertThat(cluster.healers.get("a").unproven()).hasSize(Layout.PARTITIONS);
    cluster.awaitProven();
  }

  @Test
  void firstLayout_isWhatTheCreatorSaid_notWhatTheLeaderWasTold() {
    TestCluster cluster = clusters.fresh(3, "a", "b");
    cluster.settings.put(FirstLayout.SETTING, new FirstLayout(2, 2).text());
    cluster.look();
    assertThat(cluster.layout().replicas()).isEqualTo(2);
  }

  @Test
  void firstLayout_fewerZonesThanCopies_waitsForAThird() {
    TestCluster cluster = clusters.fresh(3, "a", "b", "c");
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

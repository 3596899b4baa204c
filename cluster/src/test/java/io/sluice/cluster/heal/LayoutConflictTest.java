package io.sluice.cluster.heal;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Two nodes keep the layout for a moment, as one takes over from the other. */
class LayoutConflictTest {
  @RegisterExtension private final TestClusters clusters = new TestClusters();

  /** A failed look would be told as a warning. */
  @Test
  void look_anotherChangedTheLayoutFirst_isNoFailure_andTheNextGoesOn() {
    TestCluster cluster = clusters.begun(2, "a", "b", "c");
    TestCluster.Shard0 shard0 = cluster.shard0;
    long before = cluster.layout().version();
    shard0.beforeSubmit =
        () -> {
          shard0.beforeSubmit = () -> {};
          shard0.layout = shard0.layout.toBuilder().setVersion(before + 1).build();
        };
    cluster.drain("a");
    cluster.look();
    assertThat(cluster.layout().version()).isEqualTo(before + 1);
    assertThat(cluster.movingCount()).isZero();
    cluster.settle();
    assertThat(TestCluster.uses(cluster.layout(), "disk-a")).isFalse();
  }
}

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
    cluster.drain("a");
    cluster.look();
    long before = cluster.layout().version();
    cluster.beforeSync =
        () -> {
          // Once: the other node changes nothing but the version.
          cluster.beforeSync = () -> {};
          cluster.shard0.layout =
              cluster.shard0.layout.toBuilder().setVersion(before + 1).build();
        };
    cluster.look();
    assertThat(cluster.layout().version()).isEqualTo(before + 1);
    cluster.settle();
    assertThat(TestCluster.uses(cluster.layout(), "disk-a")).isFalse();
  }
}

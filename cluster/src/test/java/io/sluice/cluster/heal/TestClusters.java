package io.sluice.cluster.heal;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** The clusters of a test; they end with it. */
final class TestClusters implements AfterEachCallback {
  private final List<TestCluster> made = new ArrayList<>();

  /** One that has its first layout. */
  TestCluster begun(int replicas, String... nodes) {
    TestCluster cluster = fresh(replicas, nodes);
    cluster.look();
    return cluster;
  }

  /** One that nobody has looked at yet. */
  TestCluster fresh(int replicas, String... nodes) {
    return kept(new TestCluster(replicas, nodes));
  }

  /** One that nobody has looked at yet, and that moves so many partitions at the same time. */
  TestCluster limited(int movesMax, int replicas, String... nodes) {
    return kept(new TestCluster(movesMax, replicas, nodes));
  }

  private TestCluster kept(TestCluster cluster) {
    made.add(cluster);
    return cluster;
  }

  @Override
  public void afterEach(ExtensionContext context) {
    made.forEach(TestCluster::close);
  }
}

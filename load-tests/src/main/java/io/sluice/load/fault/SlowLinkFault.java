package io.sluice.load.fault;

import io.sluice.load.cluster.ClusterProcess;
import io.sluice.load.cluster.NodeProcess;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.Random;

/** Everything from and to one node is slow. */
record SlowLinkFault() implements Fault {

  @Override
  public String name() {
    return "slow-link";
  }

  @Override
  public Optional<String> unavailable(ClusterProcess cluster) {
    return Victims.needsNetwork(cluster);
  }

  @Override
  public Duration duration() {
    return Duration.ofSeconds(15);
  }

  @Override
  public Occurrence begin(ClusterProcess cluster, Random random) throws IOException {
    NodeProcess node = Victims.any(cluster, random);
    String how = cluster.network().slow(node.number());
    return Fault.occurrence(
        "link of " + node.name() + ": " + how, () -> cluster.network().quicken(node.number()));
  }
}

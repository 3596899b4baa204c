package io.sluice.load.fault;

import io.sluice.load.cluster.ClusterProcess;
import io.sluice.load.cluster.NodeProcess;
import java.io.IOException;
import java.time.Duration;
import java.util.Random;

/** SIGKILL of all nodes at once. */
record KillAllFault() implements Fault {

  @Override
  public String name() {
    return "kill-all";
  }

  @Override
  public Duration duration() {
    return Duration.ofSeconds(2);
  }

  @Override
  public Occurrence begin(ClusterProcess cluster, Random random) throws IOException {
    // All stop where they are before the first is gone, so that none sees another go.
    for (NodeProcess node : cluster.nodes()) {
      node.pause();
    }
    cluster.nodes().forEach(NodeProcess::kill);
    return Fault.occurrence("kill -9 of all nodes", cluster::launchAll);
  }
}

package io.sluice.load.fault;

import io.sluice.load.cluster.ClusterProcess;
import io.sluice.load.cluster.NodeProcess;
import java.io.IOException;
import java.time.Duration;
import java.util.Random;

/** SIGSTOP of one node: it keeps its connections and answers nothing, then goes on unaware. */
record PauseFault(Duration duration) implements Fault {

  @Override
  public String name() {
    return "pause";
  }

  @Override
  public Occurrence begin(ClusterProcess cluster, Random random) throws IOException {
    NodeProcess node = Victims.any(cluster, random);
    node.pause();
    return Fault.occurrence("SIGSTOP of " + node.name(), node::resume);
  }
}

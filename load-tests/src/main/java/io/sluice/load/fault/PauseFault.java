package io.sluice.load.fault;

import io.sluice.load.cluster.ClusterProcess;
import io.sluice.load.cluster.NodeProcess;
import java.io.IOException;
import java.time.Duration;
import java.util.Random;

/** SIGSTOP of one node: it keeps its connections and answers nothing, then goes on unaware. */
record PauseFault(Target target, Duration duration) implements Fault {

  /** Which node. */
  enum Target {
    ANY,
    /** One that leads metadata, and still takes itself for the leader when it goes on. */
    LEADER
  }

  @Override
  public String name() {
    return target == Target.ANY ? "pause" : "pause-leader";
  }

  @Override
  public Occurrence begin(ClusterProcess cluster, Random random) throws IOException {
    NodeProcess node =
        target == Target.ANY ? Victims.any(cluster, random) : Victims.leader(cluster, random);
    node.pause();
    return Fault.occurrence("SIGSTOP of " + node.name(), node::resume);
  }
}

package io.sluice.load.fault;

import io.sluice.load.cluster.ClusterProcess;
import io.sluice.load.cluster.NodeProcess;
import java.io.IOException;
import java.util.Random;

/** SIGKILL of one node, which starts again later. */
record KillFault(Target target) implements Fault {

  /** Which node. */
  enum Target {
    ANY,
    LEADER
  }

  @Override
  public String name() {
    return target == Target.ANY ? "kill" : "kill-leader";
  }

  @Override
  public Occurrence begin(ClusterProcess cluster, Random random) throws IOException {
    NodeProcess node =
        target == Target.ANY ? Victims.any(cluster, random) : Victims.leader(cluster, random);
    node.kill();
    return Fault.occurrence("kill -9 of " + node.name(), node::start);
  }
}

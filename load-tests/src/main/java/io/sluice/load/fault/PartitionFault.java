package io.sluice.load.fault;

import io.sluice.load.cluster.ClusterProcess;
import io.sluice.load.cluster.NodeProcess;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.Random;

/** One node is cut off from all others; clients still reach every node. */
record PartitionFault(Form form) implements Fault {

  /** Who is cut off, and how. */
  enum Form {
    /** Any node, in both directions. */
    SYMMETRIC("partition"),
    /** What a node sends is lost, what others send reaches it; or the other way round. */
    ASYMMETRIC("partition-one-way"),
    /** A node that leads metadata, in both directions: the minority has the leader. */
    LEADER("partition-leader");

    private final String option;

    Form(String option) {
      this.option = option;
    }
  }

  @Override
  public String name() {
    return form.option;
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
    NodeProcess node =
        form == Form.LEADER ? Victims.leader(cluster, random) : Victims.any(cluster, random);
    boolean sends = form != Form.ASYMMETRIC || random.nextBoolean();
    boolean receives = form != Form.ASYMMETRIC || !sends;
    for (NodeProcess other : cluster.nodes()) {
      if (other.number() == node.number()) {
        continue;
      }
      if (sends) {
        cluster.network().cut(node.number(), other.number());
      }
      if (receives) {
        cluster.network().cut(other.number(), node.number());
      }
    }
    String how = sends && receives ? "both ways" : sends ? "what it sends" : "what it is sent";
    return Fault.occurrence(node.name() + " cut off, " + how, () -> cluster.network().mend());
  }
}

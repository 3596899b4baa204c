package io.sluice.load.fault;

import io.sluice.load.cluster.ClusterProcess;
import io.sluice.load.cluster.NodeProcess;
import io.sluice.load.process.TemporaryDirectory;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;

/** The chunk index of one node is deleted while it is down. */
record LostIndexFault() implements Fault {

  @Override
  public String name() {
    return "lost-index";
  }

  @Override
  public Duration duration() {
    return Duration.ofSeconds(2);
  }

  @Override
  public Occurrence begin(ClusterProcess cluster, Random random) throws IOException {
    NodeProcess node = Victims.any(cluster, random);
    node.kill();
    for (Path disk : node.disks()) {
      TemporaryDirectory.delete(disk.resolve("index"));
    }
    return Fault.occurrence("kill -9 of " + node.name() + " and loss of its index", node::start);
  }
}

package io.sluice.load.fault;

import io.sluice.load.cluster.ClusterProcess;
import io.sluice.load.cluster.ClusterProcess.Preparation;
import io.sluice.load.cluster.LoopDisk;
import io.sluice.load.cluster.NodeProcess;
import io.sluice.load.crash.LoadedStore;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.Random;
import java.util.Set;

/** The disk of one node is full, or slow, for a while. */
record DiskFault(Form form) implements Fault {

  private static final int WRITES_PER_SECOND = 20;
  private static final int SUPERVISED_SECONDS = 5;

  /** What ails it. */
  enum Form {
    FULL("disk-full"),
    SLOW("disk-slow");

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
  public Set<Preparation> preparations() {
    return Set.of(Preparation.OWN_DISKS);
  }

  @Override
  public Optional<String> unavailable(ClusterProcess cluster) {
    if (cluster.disk(1).isEmpty()) {
      return Optional.of("loop devices can't be mounted here");
    }
    if (form == Form.SLOW && !LoopDisk.canSlow()) {
      return Optional.of("the kernel's blkio control group is not there or not writable");
    }
    return Optional.empty();
  }

  @Override
  public Duration duration() {
    return Duration.ofSeconds(15);
  }

  @Override
  public Occurrence begin(ClusterProcess cluster, Random random) throws IOException {
    NodeProcess node = Victims.any(cluster, random);
    LoopDisk disk = cluster.disk(node.number()).orElseThrow();
    if (form == Form.FULL) {
      disk.fill();
      return Fault.occurrence("disk of " + node.name() + " full", () -> empty(disk, node));
    }
    disk.slow(node.pid(), WRITES_PER_SECOND);
    return Fault.occurrence(
        "disk of " + node.name() + " takes " + WRITES_PER_SECOND + " writes a second",
        () -> disk.quicken(node.pid()));
  }

  /**
   * A metadata peer that can't write its log may end itself, even a moment after there is space
   * again: as a supervisor would, this starts it anew.
   */
  private static void empty(LoopDisk disk, NodeProcess node) throws IOException {
    disk.empty();
    for (int i = 0; i < SUPERVISED_SECONDS && node.isAlive(); i++) {
      LoadedStore.pause(1);
    }
    if (!node.isAlive()) {
      System.out.println(node.name() + " ended by itself when its disk was full; started again");
      node.start();
    }
  }
}

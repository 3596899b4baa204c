package io.sluice.load.fault;

import io.sluice.load.cluster.ClusterOptions;
import io.sluice.load.cluster.ClusterProcess;
import io.sluice.load.process.ServerOptions;
import io.sluice.load.process.TemporaryDirectory;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Random;
import picocli.CommandLine.Mixin;

/** A cluster that faults are done to, in a directory that is gone after the run. */
public final class FaultyCluster implements AutoCloseable {

  /** What such a cluster is, and which faults are done; a mixin. */
  public static final class Options {
    @Mixin private ClusterOptions cluster = new ClusterOptions();
    @Mixin private FaultOptions faults = new FaultOptions();
    @Mixin private ServerOptions server = new ServerOptions();

    /** Where a run may leave what outlives the cluster. */
    public Path workDirectory() {
      return cluster.workDirectory();
    }

    /**
     * Prepares the nodes and starts none of them.
     *
     * @param prefix of the directory's name
     */
    public FaultyCluster prepare(String prefix) throws IOException {
      TemporaryDirectory directory = TemporaryDirectory.in(cluster.workDirectory(), prefix);
      try {
        ClusterProcess nodes =
            ClusterProcess.prepare(server, cluster, directory.path(), faults.preparations());
        return new FaultyCluster(directory, nodes, faults);
      } catch (IOException | RuntimeException e) {
        directory.close();
        throw e;
      }
    }
  }

  private final TemporaryDirectory directory;
  private final ClusterProcess nodes;
  private final FaultOptions faults;

  private FaultyCluster(TemporaryDirectory directory, ClusterProcess nodes, FaultOptions faults) {
    this.directory = directory;
    this.nodes = nodes;
    this.faults = faults;
  }

  public ClusterProcess nodes() {
    return nodes;
  }

  /** Starts all nodes; says on the standard output which faults can't be done to them. */
  public Nemesis start(Random random) throws IOException {
    Nemesis nemesis = faults.nemesis(nodes, random);
    nodes.startAll();
    return nemesis;
  }

  @Override
  public void close() throws IOException {
    try {
      nodes.close();
    } finally {
      directory.close();
    }
  }
}

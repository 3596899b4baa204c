package io.sluice.load.cluster;

import io.sluice.load.process.WorkDirectoryOption;
import java.io.IOException;
import java.nio.file.Path;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** How many nodes a run starts, and what lies between them; shared by the runs on clusters. */
public final class ClusterOptions {

  /** What the nodes are connected by. */
  public enum NetworkKind {
    AUTO,
    LOOPBACK,
    NAMESPACES
  }

  @Option(names = "--nodes", defaultValue = "3", description = "Nodes (default: ${DEFAULT-VALUE}).")
  private int nodes = 3;

  @Option(
      names = "--replicas",
      defaultValue = "3",
      description = "Copies of each chunk, at most one for each node (default: ${DEFAULT-VALUE}).")
  private int replicas = 3;

  @Option(
      names = "--network",
      defaultValue = "AUTO",
      description =
          "LOOPBACK: plain processes; NAMESPACES: network namespaces, which can be cut and slowed, as"
              + " root; AUTO: namespaces where the machine allows them (default: ${DEFAULT-VALUE}).")
  private NetworkKind network = NetworkKind.AUTO;

  @Option(
      names = "--down-out",
      defaultValue = "60s",
      description = "The nodes' --down-out (default: ${DEFAULT-VALUE}).")
  private String downOut = "60s";

  @Mixin private WorkDirectoryOption work = new WorkDirectoryOption();

  private String name = "cluster";

  /** One of several clusters of a run, of plain processes; its logs have its name. */
  public static ClusterOptions loopback(String name, int nodes, Path workDirectory) {
    ClusterOptions options = new ClusterOptions();
    options.name = name;
    options.nodes = nodes;
    options.network = NetworkKind.LOOPBACK;
    options.work = new WorkDirectoryOption(workDirectory);
    return options;
  }

  /** Where a node's output goes. */
  Path log(String node) {
    return work.path().resolve(name + '-' + node + ".log");
  }

  public int nodes() {
    return nodes;
  }

  int replicas() {
    return Math.min(replicas, nodes);
  }

  String downOut() {
    return downOut;
  }

  public Path workDirectory() {
    return work.path();
  }

  Network openNetwork() throws IOException {
    if (network == NetworkKind.LOOPBACK) {
      return new LoopbackNetwork(nodes, "as asked");
    }
    if (network == NetworkKind.AUTO && nodes == 1) {
      return new LoopbackNetwork(nodes, "one node");
    }
    try {
      return new NamespaceNetwork(nodes);
    } catch (IOException e) {
      if (network == NetworkKind.NAMESPACES) {
        throw e;
      }
      return new LoopbackNetwork(nodes, "no network namespaces here: " + e.getMessage());
    }
  }
}

package io.sluice.load.disaster;

import io.sluice.load.cluster.ClusterOptions;
import io.sluice.load.cluster.ClusterProcess;
import io.sluice.load.cluster.NodeProcess;
import io.sluice.load.process.ServerOptions;
import io.sluice.load.process.TemporaryDirectory;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;

/** A cluster that runs, until everything of it is destroyed. For one thread. */
final class LivingStore implements AutoCloseable {
  private static final Duration READY_LIMIT = Duration.ofMinutes(3);

  private final Path directory;
  private final ClusterProcess cluster;
  private final BackupAdmin admin;

  private LivingStore(Path directory, ClusterProcess cluster) {
    this.directory = directory;
    this.cluster = cluster;
    this.admin = new BackupAdmin(new AdminClient(cluster.endpoints()));
  }

  /**
   * Starts a new cluster.
   *
   * @param directory of everything that it writes; is not there yet
   */
  static LivingStore start(ServerOptions server, ClusterOptions shape, Path directory)
      throws IOException {
    Files.createDirectories(directory);
    ClusterProcess cluster = ClusterProcess.prepare(server, shape, directory, Set.of());
    try {
      cluster.startAll();
      return new LivingStore(directory, cluster);
    } catch (IOException | RuntimeException e) {
      cluster.close();
      throw e;
    }
  }

  String describe() {
    return cluster.describe();
  }

  List<URI> gateways() {
    return cluster.endpoints();
  }

  BackupAdmin admin() {
    return admin;
  }

  NodeProcess node(int number) {
    return cluster.node(number);
  }

  NodeProcess node(String name) {
    return cluster.nodes().stream()
        .filter(node -> node.name().equals(name))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("no node " + name));
  }

  /** Waits for a node that was started again. */
  void awaitReady(NodeProcess started) throws IOException {
    started.readyWithin(READY_LIMIT);
  }

  /** Waits for a node that was started again, and for every copy. */
  void awaitWhole(NodeProcess started) throws IOException {
    awaitReady(started);
    cluster.awaitWhole(READY_LIMIT);
  }

  /** SIGKILL to every node. */
  void killAll() {
    cluster.killAll();
  }

  /** Starts those that don't run, and waits until all serve. */
  void startAll() throws IOException {
    cluster.launchAll();
    cluster.awaitReady(READY_LIMIT);
    cluster.awaitWhole(READY_LIMIT);
  }

  /** Kills every node, and deletes everything that they wrote. */
  void destroy() throws IOException {
    close();
    TemporaryDirectory.delete(directory);
  }

  @Override
  public void close() throws IOException {
    cluster.close();
  }
}

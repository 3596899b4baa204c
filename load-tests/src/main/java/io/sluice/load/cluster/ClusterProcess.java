package io.sluice.load.cluster;

import io.sluice.load.crash.LoadedStore;
import io.sluice.load.process.ServerOptions;
import io.sluice.load.s3.BlockingS3Client;
import io.sluice.load.s3.S3Response;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Nodes of the server as child processes that form a cluster, each with a data directory of its
 * own. One node is started without any of the cluster's options, and is a store by itself. For one
 * thread.
 */
public final class ClusterProcess implements AutoCloseable {

  private static final String JAVA_OPTIONS = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Xmx300m";
  private static final double STAGGER_SECONDS = 3;
  private static final double POLL_SECONDS = 0.2;
  private static final Duration READY_LIMIT = Duration.ofMinutes(5);
  private static final Duration PROBE_LIMIT = Duration.ofSeconds(2);
  private static final Duration STATUS_LIMIT = Duration.ofSeconds(10);

  /** What a run will do to nodes, which has to be prepared before they start. */
  public enum Preparation {
    OWN_DISKS,
    CLOCKS
  }

  private final ServerOptions options;
  private final Network network;
  private final HttpClient http = HttpClient.newBuilder().connectTimeout(PROBE_LIMIT).build();
  private final List<NodeProcess> nodes = new ArrayList<>();
  private final Map<Integer, LoopDisk> disks = new TreeMap<>();
  private final Map<Integer, FakeClock> clocks = new TreeMap<>();

  private ClusterProcess(ServerOptions options, Network network) {
    this.options = options;
    this.network = network;
  }

  /**
   * Prepares the nodes and starts none of them.
   *
   * @param directory empty; all that the nodes write is below it
   */
  public static ClusterProcess prepare(
      ServerOptions options, ClusterOptions shape, Path directory, Set<Preparation> preparations)
      throws IOException {
    options.preferJavaOpts(JAVA_OPTIONS);
    ClusterProcess cluster = new ClusterProcess(options, shape.openNetwork());
    try {
      cluster.prepareNodes(shape, directory, preparations);
      return cluster;
    } catch (IOException e) {
      cluster.close();
      throw e;
    }
  }

  private void prepareNodes(ClusterOptions shape, Path directory, Set<Preparation> preparations)
      throws IOException {
    if (preparations.contains(Preparation.OWN_DISKS)) {
      mountDisks(shape.nodes(), directory);
    }
    if (preparations.contains(Preparation.CLOCKS)) {
      makeClocks(shape.nodes(), directory);
    }
    Path secret = directory.resolve("cluster-secret");
    Files.writeString(secret, "a-secret-of-this-run-alone-".repeat(2) + System.nanoTime());
    Files.setPosixFilePermissions(secret, PosixFilePermissions.fromString("rw-------"));
    for (int number = 1; number <= shape.nodes(); number++) {
      Path own = directory.resolve(NodeProcess.name(number));
      Files.createDirectories(own);
      Map<String, String> environment = Map.of();
      FakeClock clock = clocks.get(number);
      if (clock != null) {
        environment = clock.environment();
      }
      List<String> arguments =
          shape.nodes() == 1 ? List.of() : clusterArguments(number, shape, secret);
      Path log = shape.log(NodeProcess.name(number));
      nodes.add(new NodeProcess(number, options, network, own, log, arguments, environment));
    }
  }

  /** All nodes get one, or none does where the machine does not allow it. */
  private void mountDisks(int count, Path directory) {
    try {
      for (int number = 1; number <= count; number++) {
        disks.put(number, LoopDisk.mount(directory.resolve(NodeProcess.name(number))));
      }
    } catch (IOException e) {
      disks.values().forEach(LoopDisk::close);
      disks.clear();
    }
  }

  private void makeClocks(int count, Path directory) throws IOException {
    Path library;
    try {
      library = FakeClock.compileLibrary(directory);
    } catch (IOException e) {
      // The fault that needs them says so.
      return;
    }
    for (int number = 1; number <= count; number++) {
      clocks.put(number, FakeClock.in(library, directory.resolve("clock-" + number)));
    }
  }

  private List<String> clusterArguments(int number, ClusterOptions shape, Path secret) {
    NodeAddress address = network.address(number);
    return List.of(
        "--node=" + NodeProcess.name(number),
        "--internal-address=" + address.internal(),
        "--hazelcast-address=" + address.hazelcast(),
        "--bus-address=" + address.bus(),
        "--raft-address=" + address.raft(),
        "--join=" + joined(shape.nodes(), node -> network.address(node).hazelcast()),
        "--metadata-peers="
            + joined(
                shape.nodes(), node -> NodeProcess.name(node) + '=' + network.address(node).raft()),
        "--cluster-secret-file=" + secret,
        "--replicas=" + shape.replicas(),
        "--down-out=" + shape.downOut());
  }

  private static String joined(int nodes, java.util.function.IntFunction<String> each) {
    return IntStream.rangeClosed(1, nodes).mapToObj(each).collect(Collectors.joining(","));
  }

  /** What the nodes stand on, for the output of a run. */
  public String describe() {
    return nodes.size() + (nodes.size() == 1 ? " node, " : " nodes, ") + network.describe();
  }

  public Network network() {
    return network;
  }

  public List<NodeProcess> nodes() {
    return nodes;
  }

  /** The node with that number, from 1. */
  public NodeProcess node(int number) {
    return nodes.get(number - 1);
  }

  public List<URI> endpoints() {
    return nodes.stream().map(NodeProcess::endpoint).toList();
  }

  /** The node's own disk, where it was prepared. */
  public Optional<LoopDisk> disk(int node) {
    return Optional.ofNullable(disks.get(node));
  }

  /** The node's clock, where it was prepared. */
  public Optional<FakeClock> clock(int node) {
    return Optional.ofNullable(clocks.get(node));
  }

  /**
   * Starts all nodes and waits until each is ready and the cluster is whole: until each shard has
   * all of its voters, a node that fails may be the only one that has it.
   */
  public void startAll() throws IOException {
    launchAll();
    for (NodeProcess node : nodes) {
      node.readyWithin(READY_LIMIT);
    }
    awaitWhole(READY_LIMIT);
  }

  /** Starts all nodes that don't run, without waiting for them to be ready. */
  public void launchAll() throws IOException {
    boolean first = true;
    for (NodeProcess node : nodes) {
      if (node.isAlive()) {
        continue;
      }
      if (!first) {
        // Three JVMs that start at once take longer than three that start in turn.
        LoadedStore.pause(STAGGER_SECONDS);
      }
      first = false;
      node.start();
    }
  }

  /**
   * Waits until every gateway says that it is ready.
   *
   * @throws IOException when one does not in time
   */
  public void awaitReady(Duration limit) throws IOException {
    long end = System.nanoTime() + limit.toNanos();
    for (NodeProcess node : nodes) {
      while (!isReady(node.endpoint())) {
        if (System.nanoTime() > end) {
          throw new IOException(node.name() + " is not ready after " + limit.toSeconds() + " s");
        }
        if (!node.isAlive()) {
          throw new IOException(node.name() + " ended by itself");
        }
        LoadedStore.pause(POLL_SECONDS);
      }
    }
  }

  private boolean isReady(URI endpoint) {
    try {
      HttpRequest request =
          HttpRequest.newBuilder(endpoint.resolve("/_sluice/health/ready"))
              .timeout(PROBE_LIMIT)
              .build();
      return http.send(request, HttpResponse.BodyHandlers.discarding()).statusCode() == 200;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    } catch (IOException e) {
      return false;
    }
  }

  /**
   * Asks all nodes, because each knows the voters of the shards that it leads; the rest is as the
   * first one that answers sees it.
   *
   * @throws IOException when none does
   */
  public ClusterStatus status() throws IOException {
    Optional<ClusterStatus> status = Optional.empty();
    IOException failure = new IOException("no node runs");
    for (NodeProcess node : nodes) {
      if (!node.isAlive()) {
        continue;
      }
      try {
        ClusterStatus seen = status(node);
        status = Optional.of(status.isPresent() ? status.get().with(seen) : seen);
      } catch (IOException e) {
        failure = e;
      }
    }
    if (status.isEmpty()) {
      throw failure;
    }
    return status.get();
  }

  /** As {@code sluice cluster status} does, whose JVM would take longer to start than to ask. */
  private ClusterStatus status(NodeProcess node) throws IOException {
    BlockingS3Client client =
        new BlockingS3Client(
            http, node.endpoint(), ServerOptions.credentials(), "us-east-1", STATUS_LIMIT);
    S3Response answer = client.getPath("/_sluice/admin/v1/cluster");
    if (!answer.isSuccess()) {
      throw new IOException(node.name() + " answered " + answer + ": " + answer.text());
    }
    return ClusterStatus.parse(answer.text());
  }

  /**
   * Waits until all nodes are up, every partition has all of its copies and every shard of the
   * metadata its voters, as the cluster itself says; a single node has nothing to say.
   *
   * @return how long it took
   * @throws IOException when it takes longer
   */
  public Duration awaitWhole(Duration limit) throws IOException {
    long start = System.nanoTime();
    if (nodes.size() == 1) {
      return Duration.ZERO;
    }
    String last = "no answer";
    while (System.nanoTime() - start < limit.toNanos()) {
      try {
        ClusterStatus status = status();
        if (status.nodes() == nodes.size() && status.isWhole()) {
          return Duration.ofNanos(System.nanoTime() - start);
        }
        last = status.toString();
      } catch (IOException e) {
        last = String.valueOf(e.getMessage());
      }
      LoadedStore.pause(POLL_SECONDS);
    }
    throw new IOException("not whole after " + limit.toSeconds() + " s: " + last);
  }

  /** Kills every node. */
  public void killAll() {
    nodes.forEach(NodeProcess::kill);
  }

  /** Ends everything and removes what was made for it. */
  @Override
  public void close() throws IOException {
    // Nothing is kept: there is nothing to drain for.
    killAll();
    disks.values().forEach(LoopDisk::close);
    network.close();
  }
}

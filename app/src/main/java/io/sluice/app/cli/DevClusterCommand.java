package io.sluice.app.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code sluice dev-cluster}: a cluster of processes on this machine, for trying. */
@Command(
    name = "dev-cluster",
    description = "Runs a cluster on this machine, for trying, until it is interrupted.",
    mixinStandardHelpOptions = true)
@SuppressWarnings("NullAway.Init") // picocli fills in the fields
final class DevClusterCommand implements Runnable {
  private static final int NODES_MAX = 9;
  private static final int PORTS_A_NODE = 10;
  private static final int SECRET_BYTES = 32;
  private static final long STAGGER_MS = 1_500;
  private static final long LOOK_MS = 200;
  private static final long READY_SECONDS_MAX = 300;
  private static final long STOP_SECONDS_MAX = 45;
  private static final int HAZELCAST_PORT = 3;
  private static final int BUS_PORT = 4;

  @Spec private CommandSpec spec;

  @Option(
      names = "--nodes",
      paramLabel = "N",
      defaultValue = "3",
      description = "How many. Default: ${DEFAULT-VALUE}")
  private int count;

  @Option(
      names = "--data",
      paramLabel = "DIR",
      defaultValue = "dev-cluster",
      description = "Where the nodes keep their data, and their logs. Default: ./${DEFAULT-VALUE}")
  private Path data;

  @Option(
      names = "--port",
      paramLabel = "PORT",
      defaultValue = "9000",
      description =
          "S3 of the first node; the next ones are 10 further each. Default: ${DEFAULT-VALUE}")
  private int port;

  private volatile boolean failed;
  private volatile boolean stopping;

  @Override
  public void run() {
    if (count < 1 || count > NODES_MAX) {
      throw new ParameterException(
          spec.commandLine(), "--nodes must be 1 to " + NODES_MAX + ", not " + count);
    }
    List<Process> nodes = new CopyOnWriteArrayList<>();
    Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(nodes), "sluice-dev-cluster-stop"));
    try {
      start(nodes);
      if (!stopping) {
        announce();
        waitForAll(nodes);
      }
    } catch (IOException e) {
      if (!stopping) {
        failed = true;
        throw new IllegalStateException("the cluster does not run: " + e.getMessage(), e);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void start(List<Process> nodes) throws IOException, InterruptedException {
    Files.createDirectories(data);
    Path secret = secret();
    for (int node = 1; node <= count; node++) {
      requireFree(node);
    }
    say("starting " + Counted.of(count, "node") + "; this takes some seconds each");
    for (int node = 1; node <= count; node++) {
      Process started = launch(node, secret);
      nodes.add(started);
      if (stopping) {
        started.destroy();
        return;
      }
      // Several that start at once take longer than one after the other.
      if (node < count && started.waitFor(STAGGER_MS, TimeUnit.MILLISECONDS)) {
        throw new IOException("node" + node + " ended; " + log(node) + " says why");
      }
    }
    for (int node = 1; node <= count; node++) {
      awaitReady(node, nodes.get(node - 1));
    }
  }

  private Path secret() throws IOException {
    Path file = data.resolve("cluster-secret");
    if (!Files.exists(file)) {
      byte[] secret = new byte[SECRET_BYTES];
      new SecureRandom().nextBytes(secret);
      Files.createFile(
          file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      Files.writeString(file, HexFormat.of().formatHex(secret) + "\n");
    }
    return file;
  }

  private void requireFree(int node) throws IOException {
    for (int offset = 0; offset <= BUS_PORT; offset++) {
      int wanted = first(node) + offset;
      try (ServerSocket socket = new ServerSocket(wanted, 1, InetAddress.getLoopbackAddress())) {
        socket.setReuseAddress(true);
      } catch (IOException e) {
        throw new IOException("port " + wanted + " is in use; choose others with --port", e);
      }
    }
  }

  private int first(int node) {
    return port + (node - 1) * PORTS_A_NODE;
  }

  private Path log(int node) {
    return data.resolve("node" + node + ".log");
  }

  private Process launch(int node, Path secret) throws IOException {
    List<String> join = new ArrayList<>();
    List<String> peers = new ArrayList<>();
    for (int other = 1; other <= count; other++) {
      join.add("127.0.0.1:" + (first(other) + HAZELCAST_PORT));
      peers.add("node" + other + "=127.0.0.1:" + (first(other) + 2));
    }
    List<String> command = new ArrayList<>(DevProcess.thisProgram());
    command.addAll(
        List.of(
            "server",
            "--data",
            data.resolve("node" + node).toString(),
            "--address",
            "127.0.0.1:" + first(node),
            "--node",
            "node" + node,
            "--hazelcast-address",
            join.get(node - 1),
            "--bus-address",
            "127.0.0.1:" + (first(node) + BUS_PORT),
            "--join",
            String.join(",", join),
            "--metadata-peers",
            String.join(",", peers),
            "--cluster-secret-file",
            secret.toString()));
    return new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(log(node).toFile())
        .start();
  }

  private void awaitReady(int node, Process process) throws IOException, InterruptedException {
    long looks = TimeUnit.SECONDS.toMillis(READY_SECONDS_MAX) / LOOK_MS;
    for (long look = 0; look < looks; look++) {
      if (Files.readString(log(node)).contains("Sluice is ready")) {
        return;
      }
      if (process.waitFor(LOOK_MS, TimeUnit.MILLISECONDS)) {
        throw new IOException("node" + node + " ended; " + log(node) + " says why");
      }
    }
    throw new IOException(
        "node" + node + " was not ready in " + READY_SECONDS_MAX + " s; see " + log(node));
  }

  private void announce() throws IOException {
    for (int node = 1; node <= count; node++) {
      say("node" + node + "  http://127.0.0.1:" + first(node) + "  log " + log(node));
    }
    Path kept = data.resolve("node1").resolve("root-credentials");
    if (Files.exists(kept)) {
      Properties credentials = new Properties();
      try (var reader = Files.newBufferedReader(kept)) {
        credentials.load(reader);
      }
      say("export AWS_ACCESS_KEY_ID=" + credentials.getProperty("access-key"));
      say("export AWS_SECRET_ACCESS_KEY=" + credentials.getProperty("secret-key"));
      say("export AWS_REGION=us-east-1");
    }
    say(
        "Sluice is ready: a cluster of "
            + count
            + "; interrupt (Ctrl-C) to stop it. The data stays in "
            + data);
  }

  private void say(String line) {
    PrintWriter out = spec.commandLine().getOut();
    out.println(line);
    out.flush();
  }

  /** The others go on when one ends: that is one of the things to try. */
  private void waitForAll(List<Process> nodes) throws IOException, InterruptedException {
    CountDownLatch ended = new CountDownLatch(count);
    for (int node = 1; node <= count; node++) {
      String line = "node" + node + " ended; " + log(node) + " says why";
      var unused =
          nodes
              .get(node - 1)
              .onExit()
              .thenRun(
                  () -> {
                    if (!stopping) {
                      say(line);
                    }
                    ended.countDown();
                  });
    }
    ended.await();
    if (!stopping) {
      throw new IOException("all its nodes ended");
    }
  }

  private void stop(List<Process> nodes) {
    stopping = true;
    nodes.forEach(Process::destroy);
    for (Process node : nodes) {
      try {
        if (!node.waitFor(STOP_SECONDS_MAX, TimeUnit.SECONDS)) {
          node.destroyForcibly();
        }
      } catch (InterruptedException e) {
        node.destroyForcibly();
      }
    }
    Runtime.getRuntime().halt(failed ? 1 : 0);
  }
}

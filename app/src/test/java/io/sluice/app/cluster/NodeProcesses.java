package io.sluice.app.cluster;

import io.sluice.app.Printed;
import io.sluice.app.TestServer;
import io.sluice.app.cli.SluiceCommand;
import io.sluice.testkit.FreePorts;
import io.sluice.testkit.tls.TestAuthority;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.TrustManagerFactory;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;

/**
 * Nodes as processes of their own, so that they can be killed; quick to start on a busy machine.
 */
final class NodeProcesses implements AutoCloseable {
  private static final Duration READY_LIMIT = Duration.ofMinutes(3);
  private static final int PORTS = 5;

  private final Path directory;
  private final Map<String, Process> running = new HashMap<>();
  private final Map<String, List<Integer>> ports = new HashMap<>();
  private @Nullable TestAuthority https;

  NodeProcesses(Path directory) throws IOException {
    this.directory = directory;
    Files.writeString(secret(), "a secret of a test, long enough to be taken");
  }

  Path secret() {
    return directory.resolve("secret");
  }

  private List<Integer> ports(String node) {
    return ports.computeIfAbsent(node, absent -> FreePorts.some(PORTS));
  }

  String address(String node, int which) {
    return "127.0.0.1:" + ports(node).get(which);
  }

  /** From now on clients speak HTTPS, and trust this authority alone. */
  void https(TestAuthority authority) {
    https = authority;
  }

  private String endpoint(String node) {
    return (https == null ? "http://" : "https://") + address(node, 0);
  }

  /** What makes a node one of many. */
  List<String> clustered(String node, String... seeds) {
    List<String> join = new ArrayList<>();
    for (String seed : seeds) {
      join.add(address(seed, 3));
    }
    return new ArrayList<>(
        List.of(
            "--node",
            node,
            "--internal-address",
            address(node, 1),
            "--raft-address",
            address(node, 2),
            "--hazelcast-address",
            address(node, 3),
            "--bus-address",
            address(node, 4),
            "--join",
            String.join(",", join),
            "--cluster-secret-file",
            secret().toString()));
  }

  /** The option that makes a new cluster of nodes. */
  List<String> creating(String... nodes) {
    List<String> peers = new ArrayList<>();
    for (String node : nodes) {
      peers.add(node + "=" + address(node, 2));
    }
    return List.of("--metadata-peers", String.join(",", peers));
  }

  void launch(String node, List<String> options) throws IOException {
    start(node, process(server(node, options)));
  }

  /** As a program of another version, that knows the formats {@code "OLDEST NEWEST"}. */
  void launchWithFormats(String node, String formats, List<String> options) throws IOException {
    List<String> arguments = new ArrayList<>(List.of(formats.split(" ", -1)));
    arguments.addAll(server(node, options));
    start(node, process(FormatMain.class.getName(), arguments));
  }

  private List<String> server(String node, List<String> options) {
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "server",
                "--data",
                directory.resolve(node).toString(),
                "--address",
                address(node, 0)));
    arguments.addAll(options);
    return arguments;
  }

  private void start(String node, ProcessBuilder process) throws IOException {
    running.put(node, process.redirectErrorStream(true).redirectOutput(log(node).toFile()).start());
  }

  private static ProcessBuilder process(List<String> arguments) {
    return process("io.sluice.app.Main", arguments);
  }

  private static ProcessBuilder process(String main, List<String> arguments) {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-Xmx320m",
                "-cp",
                System.getProperty("java.class.path"),
                main));
    command.addAll(arguments);
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().put("SLUICE_ROOT_ACCESS_KEY", TestServer.ACCESS_KEY);
    builder.environment().put("SLUICE_ROOT_SECRET_KEY", TestServer.SECRET_KEY);
    return builder;
  }

  private Path log(String node) {
    return directory.resolve(node + ".log");
  }

  String output(String node) throws IOException {
    return Files.readString(log(node));
  }

  private String outputOf(String node) {
    try {
      return output(node);
    } catch (IOException e) {
      return e.toString();
    }
  }

  void awaitReady(String... nodes) throws IOException {
    for (String node : nodes) {
      try {
        Awaitility.await(node)
            .atMost(READY_LIMIT)
            .until(() -> output(node).contains("Sluice is ready"));
      } catch (ConditionTimeoutException e) {
        StringBuilder said = new StringBuilder(node + " is not ready");
        for (String each : running.keySet()) {
          said.append("\n").append(each).append(" said:\n").append(output(each));
        }
        throw new AssertionError(said.toString(), e);
      }
    }
  }

  /** As kill -9 does. */
  void kill(String node) throws InterruptedException {
    running.get(node).destroyForcibly().waitFor();
  }

  /** In order. */
  int stop(String node) throws InterruptedException {
    running.get(node).destroy();
    return exit(node);
  }

  int exit(String node) throws InterruptedException {
    if (!running.get(node).waitFor(READY_LIMIT.toSeconds(), TimeUnit.SECONDS)) {
      StringBuilder said = new StringBuilder(node + " runs on");
      for (String each : running.keySet()) {
        said.append("\n").append(each).append(" said:\n").append(outputOf(each));
      }
      throw new IllegalStateException(said.toString());
    }
    return running.get(node).exitValue();
  }

  S3Client s3(String node) {
    return S3Client.builder()
        .endpointOverride(URI.create(endpoint(node)))
        .region(Region.US_EAST_1)
        .credentialsProvider(
            StaticCredentialsProvider.create(
                AwsBasicCredentials.create(TestServer.ACCESS_KEY, TestServer.SECRET_KEY)))
        .forcePathStyle(true)
        .httpClientBuilder(httpClient())
        .build();
  }

  private UrlConnectionHttpClient.Builder httpClient() {
    TestAuthority authority = https;
    if (authority == null) {
      return UrlConnectionHttpClient.builder();
    }
    try {
      KeyStore trusted = KeyStore.getInstance(KeyStore.getDefaultType());
      trusted.load(null, null);
      trusted.setCertificateEntry("authority", authority.certificate());
      TrustManagerFactory factory = TrustManagerFactory.getInstance("PKIX");
      factory.init(trusted);
      return UrlConnectionHttpClient.builder().tlsTrustManagersProvider(factory::getTrustManagers);
    } catch (IOException | GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  /** What a node answers beside S3, such as {@code metrics}. */
  String operations(String node, String path) throws IOException, InterruptedException {
    return HttpClient.newHttpClient()
        .send(
            HttpRequest.newBuilder(URI.create(endpoint(node) + "/_sluice/" + path)).build(),
            HttpResponse.BodyHandlers.ofString())
        .body();
  }

  /**
   * Runs an administrative command against a node; gives what it printed. It runs in this process:
   * a JVM's start would cost more than all that the nodes do meanwhile.
   */
  String sluice(String node, String... arguments) {
    List<String> all = new ArrayList<>(List.of(arguments));
    all.addAll(List.of("--endpoint", endpoint(node)));
    TestAuthority authority = https;
    if (authority != null) {
      all.addAll(List.of("--ca-bundle", authority.file().toString()));
    }
    return Printed.by(() -> SluiceCommand.run(Map.of(), all.toArray(String[]::new)));
  }

  @Override
  public void close() throws InterruptedException {
    for (Process node : running.values()) {
      node.destroyForcibly().waitFor();
    }
  }
}

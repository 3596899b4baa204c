package io.sluice.app.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.app.Printed;
import io.sluice.app.TestServer;
import io.sluice.app.cli.SluiceCommand;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;

/** A standby of three nodes, whose leader is killed while it follows. */
@Tag("nodes")
class StandbyFailoverTest {
  @RegisterExtension static final TestServer PRIMARY = new TestServer();

  private static final String[] NODES = {"b1", "b2", "b3"};
  private static final String BUCKET = "photos";
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  @TempDir Path directory;

  private static String primary(String... arguments) {
    List<String> all = new ArrayList<>(List.of(arguments));
    all.addAll(List.of("--endpoint", PRIMARY.endpoint().toString()));
    return Printed.by(() -> SluiceCommand.run(Map.of(), all.toArray(String[]::new)));
  }

  private static S3Client client(URI endpoint) {
    return S3Client.builder()
        .endpointOverride(endpoint)
        .region(Region.US_EAST_1)
        .credentialsProvider(
            StaticCredentialsProvider.create(
                AwsBasicCredentials.create(TestServer.ACCESS_KEY, TestServer.SECRET_KEY)))
        .forcePathStyle(true)
        .httpClientBuilder(UrlConnectionHttpClient.builder())
        .build();
  }

  private static void put(S3Client s3, String key, String text) {
    s3.putObject(request -> request.bucket(BUCKET).key(key), RequestBody.fromString(text));
  }

  private static Map<String, String> all(S3Client s3) {
    Map<String, String> all = new TreeMap<>();
    s3.listObjectsV2Paginator(request -> request.bucket(BUCKET))
        .contents()
        .forEach(object -> all.put(object.key(), object.eTag() + ' ' + object.lastModified()));
    return all;
  }

  @Test
  void follow_leaderOfShard0IsKilled_anotherGoesOnFromThePosition() throws Exception {
    String url = "file://" + Files.createDirectory(directory.resolve("meet")).toAbsolutePath();
    try (NodeProcesses nodes = new NodeProcesses(directory);
        S3Client a = client(PRIMARY.endpoint())) {
      form(nodes);
      a.createBucket(request -> request.bucket(BUCKET));
      for (int i = 0; i < 100; i++) {
        put(a, "key-" + i, "text " + i);
      }
      Awaitility.await("a format that has targets")
          .atMost(PATIENCE)
          .until(() -> primary("target", "add", "meet", url).contains("added target"));
      primary("backup", "schedule", "add", "meet", "--kind", "continuous", "--every", "1s");
      Awaitility.await("a backup to follow")
          .atMost(PATIENCE)
          .until(() -> nodes.sluice("b1", "standby", "add", url).contains("follows cluster"));
      awaitSame(nodes, a, "b1");

      String leader = leader(nodes, "b1");
      put(a, "before", "the kill");
      nodes.kill(leader);
      put(a, "after", "the kill");
      a.deleteObject(request -> request.bucket(BUCKET).key("key-7"));
      String survivor = Arrays.stream(NODES).filter(n -> !n.equals(leader)).findAny().orElseThrow();
      awaitSame(nodes, a, survivor);
      JsonObject status = status(nodes, survivor);
      assertThat(status.getLong("comparisons")).as("of everything, %s", status).isEqualTo(1);
      assertThat(leader(nodes, survivor)).isNotEqualTo(leader);

      launch(nodes, leader);
      nodes.awaitReady(leader);
      put(a, "again", "all are there");
      awaitSame(nodes, a, leader);
      assertThat(status(nodes, leader).getLong("comparisons")).isEqualTo(1);
    }
  }

  private static void form(NodeProcesses nodes) throws IOException {
    for (String node : NODES) {
      launch(nodes, node);
    }
    nodes.awaitReady(NODES);
  }

  private static void launch(NodeProcesses nodes, String node) throws IOException {
    List<String> options = nodes.clustered(node, NODES);
    options.addAll(nodes.creating(NODES));
    nodes.launch(node, options);
  }

  private static void awaitSame(NodeProcesses nodes, S3Client primary, String node) {
    try (S3Client standby = nodes.s3(node)) {
      Awaitility.await("the standby has it all, by " + node)
          .atMost(PATIENCE)
          .ignoreExceptions()
          .until(() -> all(standby).equals(all(primary)));
    }
  }

  private static JsonObject status(NodeProcesses nodes, String node) {
    return new JsonObject(nodes.sluice(node, "standby", "status", "--json"));
  }

  private static String leader(NodeProcesses nodes, String node) {
    return new JsonObject(nodes.sluice(node, "cluster", "status", "--json"))
        .getJsonObject("metadata")
        .getString("leader");
  }
}

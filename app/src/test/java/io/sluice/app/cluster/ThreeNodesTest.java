package io.sluice.app.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.S3Exception;

/** Three nodes that are one store. */
@Tag("nodes")
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class ThreeNodesTest {
  private static final String[] NODES = {"n1", "n2", "n3"};
  private static final String BUCKET = "shared";
  private static final int LARGE_BYTES = 5 << 20;

  @TempDir static Path directory;
  private static NodeProcesses nodes;

  @BeforeAll
  static void form() throws IOException {
    nodes = new NodeProcesses(directory);
    for (String node : NODES) {
      launch(node);
    }
    nodes.awaitReady(NODES);
    try (S3Client s3 = nodes.s3("n1")) {
      s3.createBucket(request -> request.bucket(BUCKET));
    }
  }

  private static void launch(String node) throws IOException {
    List<String> options = nodes.clustered(node, NODES);
    options.addAll(nodes.creating(NODES));
    nodes.launch(node, options);
  }

  @AfterAll
  static void end() throws InterruptedException {
    nodes.close();
  }

  private static byte[] bytes(String key, int length) {
    byte[] made = new byte[length];
    new Random(key.hashCode()).nextBytes(made);
    return made;
  }

  private static void put(String node, String key, int length) {
    try (S3Client s3 = nodes.s3(node)) {
      s3.putObject(
          request -> request.bucket(BUCKET).key(key), RequestBody.fromBytes(bytes(key, length)));
    }
  }

  private static byte[] get(String node, String key) {
    try (S3Client s3 = nodes.s3(node)) {
      return s3.getObjectAsBytes(request -> request.bucket(BUCKET).key(key)).asByteArray();
    }
  }

  private static JsonObject status(String node) throws IOException, InterruptedException {
    return new JsonObject(nodes.sluice(node, "cluster", "status", "--json"));
  }

  private static boolean isWhole(JsonObject status) {
    JsonObject partitions = status.getJsonObject("partitions");
    JsonObject heal = status.getJsonObject("heal");
    return partitions.getInteger("underReplicated") == 0
        && partitions.getInteger("moving") == 0
        && heal.getInteger("waiting") + heal.getInteger("running") == 0;
  }

  @Test
  @Order(1)
  void putObject_throughEachNode_isReadThroughEachOther() {
    for (String writer : NODES) {
      put(writer, "small-" + writer, 100);
      put(writer, "large-" + writer, LARGE_BYTES);
      for (String reader : NODES) {
        assertThat(get(reader, "small-" + writer)).isEqualTo(bytes("small-" + writer, 100));
        assertThat(get(reader, "large-" + writer)).isEqualTo(bytes("large-" + writer, LARGE_BYTES));
      }
    }
  }

  @Test
  @Order(2)
  void putObject_ifNoneMatchStar_racingThroughAllNodes_exactlyOneWins() {
    for (int round = 0; round < 5; round++) {
      String key = "raced-" + round;
      List<CompletableFuture<Boolean>> attempts = new ArrayList<>();
      for (String node : NODES) {
        attempts.add(CompletableFuture.supplyAsync(() -> createdBy(node, key)));
        attempts.add(CompletableFuture.supplyAsync(() -> createdBy(node, key)));
      }
      assertThat(attempts.stream().filter(CompletableFuture::join)).hasSize(1);
    }
  }

  private static boolean createdBy(String node, String key) {
    try (S3Client s3 = nodes.s3(node)) {
      s3.putObject(
          request -> request.bucket(BUCKET).key(key).ifNoneMatch("*"),
          RequestBody.fromString(node));
      return true;
    } catch (S3Exception e) {
      assertThat(e.statusCode()).isIn(409, 412);
      return false;
    }
  }

  @Test
  @Order(3)
  void clusterCommands_throughAnyNode_showTheSame() throws IOException, InterruptedException {
    for (String node : NODES) {
      JsonObject status = status(node);
      assertThat(status.getJsonArray("nodes")).hasSize(3);
      assertThat(status.getJsonObject("partitions").getInteger("total")).isEqualTo(256);
      assertThat(status.getJsonObject("metadata").getString("leader")).isIn((Object[]) NODES);
    }
    assertThat(nodes.sluice("n2", "cluster", "layout", "--replicas", "4")).startsWith("sluice: ");
    assertThat(nodes.sluice("n2", "cluster", "drain", "n3")).contains("copies need as many nodes");
    assertThat(nodes.sluice("n3", "cluster", "remove", "n1")).contains("drain it first");
    assertThat(nodes.sluice("n3", "cluster", "drain", "nobody"))
        .contains("there is no node nobody");
    assertThat(nodes.sluice("n1", "cluster", "balance-policy", "least-connections"))
        .contains("least-connections");
  }

  @Test
  @Order(3)
  void jobs_throughAnyNode_areThoseOfAllNodes() throws IOException, InterruptedException {
    JsonObject scrub = new JsonObject(nodes.sluice("n2", "scrub", "start", "--json"));
    assertThat(scrub.getJsonArray("disks"))
        .map(disk -> ((JsonObject) disk).getString("node"))
        .containsExactly(NODES);
    JsonObject gc = new JsonObject(nodes.sluice("n3", "gc", "start", "--json"));
    assertThat(gc.getJsonArray("nodes")).hasSize(3);
    assertThat(nodes.sluice("n1", "heal", "status")).containsSubsequence("n1", "n2", "n3");
    assertThat(nodes.sluice("n1", "cluster", "drain", "a/b %C3?"))
        .contains("there is no node a/b %C3?");
  }

  @Test
  @Order(3)
  void metrics_ofACluster_areThereAndTellTheSame() throws IOException, InterruptedException {
    Awaitility.await("all shards have leaders, and shard 0 three voters")
        .atMost(Duration.ofSeconds(60))
        .pollInterval(Duration.ofSeconds(1))
        .until(
            () ->
                sum("sluice_metadata_leader{") == 4
                    && sum("sluice_metadata_voters{shard=\"0\"}") == 3);
    Awaitility.await("every copy was compared")
        .atMost(Duration.ofSeconds(60))
        .pollInterval(Duration.ofSeconds(1))
        .until(() -> sum("sluice_layout_partitions_under_replicated") == 0);
    // Whoever leads a shard says who votes in it, and every node how its own part is.
    Awaitility.await("voters of all shards")
        .atMost(Duration.ofSeconds(60))
        .pollInterval(Duration.ofSeconds(1))
        .until(
            () ->
                status("n2").getJsonObject("metadata").getJsonArray("shards").stream()
                    .map(JsonObject.class::cast)
                    .allMatch(
                        shard ->
                            shard.getJsonArray("voters", new JsonArray()).stream()
                                .collect(Collectors.toSet())
                                .equals(Set.of((Object[]) NODES))));
    for (Object node : status("n1").getJsonArray("nodes")) {
      assertThat(((JsonObject) node).getJsonObject("metadata").getBoolean("full")).isFalse();
    }
    assertThat(status("n3").getJsonObject("heal").getLong("bytesPerSecondMax")).isEqualTo(3L << 26);
    for (String node : NODES) {
      assertThat(metric(node, "sluice_metadata_full")).isZero();
      assertThat(metric(node, "sluice_cluster_nodes{state=\"up\"}")).isEqualTo(3);
      assertThat(metric(node, "sluice_cluster_breakers_open")).isZero();
      assertThat(metric(node, "sluice_layout_replicas")).isEqualTo(3);
      assertThat(metric(node, "sluice_layout_partitions_moving")).isZero();
      assertThat(metric(node, "sluice_heal_waiting")).isNotNegative();
      assertThat(metric(node, "sluice_repair_backlog")).isNotNegative();
      assertThat(metric(node, "sluice_shed_requests_total")).isZero();
    }
  }

  /** Over all nodes; who does not know it says NaN. */
  private static double sum(String name) throws IOException, InterruptedException {
    double sum = 0;
    boolean known = false;
    for (String node : NODES) {
      double value = metric(node, name);
      known |= !Double.isNaN(value);
      sum += Double.isNaN(value) ? 0 : value;
    }
    return known ? sum : Double.NaN;
  }

  /** The sum of the lines that begin so. */
  private static double metric(String node, String name) throws IOException, InterruptedException {
    List<String> lines =
        nodes.operations(node, "metrics").lines().filter(line -> line.startsWith(name)).toList();
    assertThat(lines).as(name).isNotEmpty();
    return lines.stream()
        .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
        .sum();
  }

  @Test
  @Order(4)
  void node_killed_othersGoOn_andItHealsWhenItIsBack() throws IOException, InterruptedException {
    nodes.kill("n2");
    for (int i = 0; i < 4; i++) {
      String key = "while-away-" + i;
      String writer = i % 2 == 0 ? "n1" : "n3";
      Awaitility.await(key)
          .atMost(Duration.ofSeconds(30))
          .ignoreExceptions()
          .until(
              () -> {
                put(writer, key, LARGE_BYTES);
                return true;
              });
    }
    assertThat(get("n1", "large-n2")).isEqualTo(bytes("large-n2", LARGE_BYTES));
    assertThat(get("n3", "while-away-0")).isEqualTo(bytes("while-away-0", LARGE_BYTES));
    assertThat(metric("n1", "sluice_cluster_nodes{state=\"down\"}"))
        .as("nodes that n1 does not hear; it says:\n%s", nodes.output("n1"))
        .isEqualTo(1);
    assertThat(underReplicated(status("n1"))).isEqualTo(256);
    launch("n2");
    Awaitility.await("healed")
        .atMost(Duration.ofMinutes(2))
        .pollInterval(Duration.ofMillis(200))
        .until(
            () -> {
              JsonObject status = status("n1");
              // Whoever waits for 0 before the next node is stopped must not be told too early.
              assertThat(underReplicated(status) == 0 && copied(status) < 8).isFalse();
              return isWhole(status);
            });
    nodes.awaitReady("n2");
    assertThat(get("n2", "while-away-1")).isEqualTo(bytes("while-away-1", LARGE_BYTES));
  }

  private static int underReplicated(JsonObject status) {
    return status.getJsonObject("partitions").getInteger("underReplicated");
  }

  private static long copied(JsonObject status) {
    return status.getJsonObject("heal").getLong("chunksCopied");
  }

  @Test
  @Order(5)
  void snapshotAndRestore_eachThroughAnotherNode_bringBackWhatWas()
      throws IOException, InterruptedException {
    put("n1", "restored/small", 100);
    put("n2", "restored/large", LARGE_BYTES);
    assertThat(nodes.sluice("n1", "snapshot", "create", "--name", "then"))
        .startsWith("made snapshot then, of all buckets");
    try (S3Client s3 = nodes.s3("n3")) {
      s3.deleteObject(request -> request.bucket(BUCKET).key("restored/large"));
      s3.putObject(
          request -> request.bucket(BUCKET).key("restored/small"), RequestBody.fromString("other"));
    }
    put("n1", "restored/new", 10);
    String[] restore = {
      "restore", "--bucket", BUCKET, "--snapshot", "then", "--prefix", "restored/"
    };
    assertThat(nodes.sluice("n2", "snapshot", "diff", "then", "--bucket", BUCKET))
        .contains("- restored/large", "~ restored/small", "+ restored/new", "1 added, 1 changed");
    assertThat(nodes.sluice("n2", restore)).contains("would replace 1 and delete 1 object of");
    assertThat(nodes.sluice("n3", with(restore, "--overwrite")))
        .contains("restored 2 objects", "deleted 1");
    assertThat(get("n1", "restored/small")).isEqualTo(bytes("restored/small", 100));
    assertThat(get("n1", "restored/large")).isEqualTo(bytes("restored/large", LARGE_BYTES));
    assertThat(nodes.sluice("n1", with(restore, "--dry-run")))
        .contains("would bring back 0, replace 0 and delete 0");
    assertThat(nodes.sluice("n2", "snapshot", "remove", "then")).contains("removed");
    assertThat(nodes.sluice("n1", restore)).isEqualTo("sluice: There is no snapshot then.\n");
  }

  private static String[] with(String[] command, String option) {
    String[] all = Arrays.copyOf(command, command.length + 1);
    all[command.length] = option;
    return all;
  }

  @Test
  @Order(6)
  void start_otherSecret_isRefused() throws IOException, InterruptedException {
    Path other = directory.resolve("other-secret");
    java.nio.file.Files.writeString(other, "another secret of a test, long enough to be taken");
    List<String> options = nodes.clustered("stranger", NODES);
    options.set(options.indexOf("--cluster-secret-file") + 1, other.toString());
    nodes.launch("stranger", options);
    assertThat(nodes.exit("stranger")).isEqualTo(1);
    assertThat(nodes.output("stranger")).contains("sluice: ").contains("secret");
  }

  @Test
  @Order(7)
  void stop_inOrder_endsWithZero() throws InterruptedException {
    assertThat(nodes.stop("n3")).isZero();
  }
}

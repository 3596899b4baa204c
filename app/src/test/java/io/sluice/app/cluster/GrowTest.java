package io.sluice.app.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;

/** A store of one node that becomes one of three, and loses a node again, with its data. */
class GrowTest {
  private static final String BUCKET = "kept";
  private static final int OBJECTS = 6;
  private static final int BYTES = 5 << 20;

  @TempDir Path directory;

  private static byte[] bytes(int seed) {
    byte[] made = new byte[BYTES];
    new Random(seed).nextBytes(made);
    return made;
  }

  private static void requireAll(NodeProcesses nodes, String node) {
    try (S3Client s3 = nodes.s3(node)) {
      for (int i = 0; i < OBJECTS; i++) {
        String key = "k" + i;
        assertThat(s3.getObjectAsBytes(request -> request.bucket(BUCKET).key(key)).asByteArray())
            .isEqualTo(bytes(i));
      }
    }
  }

  private static void awaitWhole(NodeProcesses nodes, int replicas) {
    Awaitility.await(replicas + " copies")
        .atMost(Duration.ofSeconds(60))
        .pollInterval(Duration.ofSeconds(1))
        .ignoreExceptions()
        .until(
            () -> {
              JsonObject status = new JsonObject(nodes.sluice("a", "cluster", "status", "--json"));
              JsonObject partitions = status.getJsonObject("partitions");
              return status.getInteger("replicas") == replicas
                  && partitions.getInteger("underReplicated") == 0
                  && partitions.getInteger("moving") == 0;
            });
  }

  private static int partitionsOf(NodeProcesses nodes, String node)
      throws IOException, InterruptedException {
    JsonObject layout = new JsonObject(nodes.sluice("a", "cluster", "layout", "--json"));
    return layout.getJsonObject("disks").stream()
        .map(disk -> (JsonObject) disk.getValue())
        .filter(disk -> disk.getString("node").equals(node))
        .mapToInt(disk -> disk.getInteger("partitions"))
        .sum();
  }

  @Test
  @Tag("nodes")
  void oneNode_becomesThreeWithItsData_andOneIsRemovedAgain()
      throws IOException, InterruptedException {
    try (NodeProcesses nodes = new NodeProcesses(directory)) {
      nodes.launch("a", List.of());
      nodes.awaitReady("a");
      try (S3Client s3 = nodes.s3("a")) {
        s3.createBucket(request -> request.bucket(BUCKET));
        for (int i = 0; i < OBJECTS; i++) {
          String key = "k" + i;
          s3.putObject(request -> request.bucket(BUCKET).key(key), RequestBody.fromBytes(bytes(i)));
        }
      }
      assertThat(nodes.stop("a")).isZero();

      nodes.launch("a", nodes.clustered("a", "a", "b", "c"));
      nodes.launch("b", nodes.clustered("b", "a", "b", "c"));
      nodes.launch("c", nodes.clustered("c", "a", "b", "c"));
      nodes.awaitReady("a", "b", "c");
      requireAll(nodes, "c");

      assertThat(nodes.sluice("b", "cluster", "layout", "--replicas", "3", "--json"))
          .doesNotStartWith("sluice: ");
      awaitWhole(nodes, 3);
      for (String node : List.of("a", "b", "c")) {
        assertThat(partitionsOf(nodes, node)).isEqualTo(256);
      }
      requireAll(nodes, "b");

      assertThat(nodes.sluice("a", "cluster", "layout", "--replicas", "2", "--json"))
          .doesNotStartWith("sluice: ");
      awaitWhole(nodes, 2);
      assertThat(nodes.sluice("a", "cluster", "drain", "c")).contains("draining");
      Awaitility.await("c is empty")
          .atMost(Duration.ofSeconds(60))
          .pollInterval(Duration.ofSeconds(1))
          .until(() -> partitionsOf(nodes, "c") == 0);
      assertThat(nodes.sluice("a", "cluster", "remove", "c")).contains("c is running");
      assertThat(nodes.sluice("a", "cluster", "remove", "c", "--force")).contains("removed");
      Awaitility.await("c knows that it was removed")
          .atMost(Duration.ofSeconds(30))
          .until(
              () -> nodes.operations("c", "health/ready").contains("was removed from the cluster"));
      assertThat(nodes.stop("c")).isZero();
      nodes.launch("c", nodes.clustered("c", "a", "b"));
      assertThat(nodes.exit("c")).isOne();
      assertThat(nodes.output("c"))
          .contains("sluice: ")
          .contains("start it with empty directories");
      requireAll(nodes, "b");

      nodes.launch("c", nodes.clustered("c", "a", "b", "c"));
      assertThat(nodes.exit("c")).isEqualTo(1);
      assertThat(nodes.output("c")).contains("sluice: node c was removed from the cluster");
    }
  }
}

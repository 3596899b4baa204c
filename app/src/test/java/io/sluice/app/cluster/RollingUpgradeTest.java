package io.sluice.app.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;

/** Three nodes that are upgraded one by one to a version that knows a newer format. */
class RollingUpgradeTest {
  private static final String[] NODES = {"n1", "n2", "n3"};
  private static final String BUCKET = "upgraded";
  private static final String OLD = "1 1";
  private static final String NEW = "1 2";

  @TempDir Path directory;
  private NodeProcesses nodes;

  private void launch(String node, String formats) throws IOException {
    List<String> options = nodes.clustered(node, NODES);
    options.addAll(nodes.creating(NODES));
    nodes.launchWithFormats(node, formats, options);
  }

  private void upgrade(String node) throws IOException, InterruptedException {
    assertThat(nodes.stop(node)).isZero();
    launch(node, NEW);
    nodes.awaitReady(node);
  }

  private JsonObject status() throws IOException, InterruptedException {
    return new JsonObject(nodes.sluice("n1", "cluster", "status", "--json"));
  }

  private void writeAndReadThroughAll(String prefix) {
    for (String writer : NODES) {
      try (S3Client s3 = nodes.s3(writer)) {
        s3.putObject(
            request -> request.bucket(BUCKET).key(prefix + writer),
            RequestBody.fromString(prefix + writer));
      }
    }
    for (String reader : NODES) {
      try (S3Client s3 = nodes.s3(reader)) {
        for (String writer : NODES) {
          assertThat(
                  s3.getObjectAsBytes(request -> request.bucket(BUCKET).key(prefix + writer))
                      .asUtf8String())
              .isEqualTo(prefix + writer);
        }
      }
    }
  }

  @Test
  @Tag("nodes")
  void nodesOfTwoFormats_workTogether_andTheNewerIsUsedWhenAllKnowIt()
      throws IOException, InterruptedException {
    nodes = new NodeProcesses(directory);
    try {
      for (String node : NODES) {
        launch(node, OLD);
      }
      nodes.awaitReady(NODES);
      try (S3Client s3 = nodes.s3("n1")) {
        s3.createBucket(request -> request.bucket(BUCKET));
      }
      upgrade("n3");
      upgrade("n2");
      writeAndReadThroughAll("mixed-");
      assertThat(status().getInteger("format")).isEqualTo(1);
      assertThat(nodes.sluice("n1", "cluster", "status"))
          .contains("format      1; 2 when these are upgraded too: n1");

      upgrade("n1");
      Awaitility.await("the newer format is used")
          .atMost(Duration.ofSeconds(30))
          .pollInterval(Duration.ofSeconds(1))
          .until(() -> status().getInteger("format") == 2);
      writeAndReadThroughAll("upgraded-");

      refuse("n4", "1 1", "n4 is too old", "uses format 2");
      refuse("n5", "3 4", "n5 is too new", "uses format 2");
      Awaitility.await("every shard is raised")
          .atMost(Duration.ofSeconds(30))
          .until(() -> raisedShards() == 4);
      assertThat(nodes.stop("n2")).isZero();
      launch("n2", OLD);
      assertThat(nodes.exit("n2")).isEqualTo(1);
      assertThat(nodes.output("n2"))
          .contains("sluice: ")
          .contains("written by a newer version (format 2; this version reads up to 1)");
      launch("n2", NEW);
      nodes.awaitReady("n2");
      writeAndReadThroughAll("again-");
    } finally {
      nodes.close();
    }
  }

  private long raisedShards() throws IOException {
    StringBuilder all = new StringBuilder();
    for (String node : NODES) {
      all.append(nodes.output(node));
    }
    return all.toString().lines().filter(line -> line.contains(": format 2 instead of 1")).count();
  }

  private void refuse(String node, String formats, String... said)
      throws IOException, InterruptedException {
    nodes.launchWithFormats(node, formats, nodes.clustered(node, NODES));
    assertThat(nodes.exit(node)).isEqualTo(1);
    assertThat(nodes.output(node)).contains("sluice: ").contains(said);
  }
}

package io.sluice.app.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.storage.verticle.DataDirectory;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/** What a cluster refuses, each with one line that says what to do. */
@Tag("nodes")
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class BadInputTest {
  @TempDir static Path directory;
  private static NodeProcesses nodes;

  @BeforeAll
  static void form() throws IOException {
    nodes = new NodeProcesses(directory);
    List<String> options = joining("a");
    options.addAll(nodes.creating("a"));
    nodes.launch("a", options);
    // The only copy of everything is on the node that was there when the layout was made.
    nodes.awaitReady("a");
    nodes.launch("b", joining("b"));
    nodes.awaitReady("b");
  }

  private static List<String> joining(String node, String... more) {
    List<String> options = nodes.clustered(node, "a", "b");
    options.addAll(List.of("--zone", "z1"));
    if (!node.equals("a")) {
      // One voter, so that the other node may come and go.
      options.addAll(List.of("--roles", "gateway,storage"));
    }
    options.addAll(Arrays.asList(more));
    return options;
  }

  private static List<String> changed(List<String> options, String option, String value) {
    List<String> others = new ArrayList<>(options);
    others.set(others.indexOf(option) + 1, value);
    return others;
  }

  @AfterAll
  static void end() throws InterruptedException {
    nodes.close();
  }

  /** Starts a node that must be refused, and gives the line that it says. */
  private static String refused(String node, List<String> options)
      throws IOException, InterruptedException {
    long startedNs = System.nanoTime();
    nodes.launch(node, options);
    assertThat(nodes.exit(node)).as(nodes.output(node)).isEqualTo(1);
    Duration took = Duration.ofNanos(System.nanoTime() - startedNs);
    List<String> lines =
        nodes.output(node).lines().filter(line -> line.startsWith("sluice: ")).toList();
    assertThat(lines).as(nodes.output(node)).hasSize(1);
    System.out.println("refused after " + took.toMillis() + " ms: " + lines.get(0));
    return lines.get(0);
  }

  @Test
  @Order(1)
  void start_otherSecret_isRefused() throws IOException, InterruptedException {
    Path other = directory.resolve("other-secret");
    Files.writeString(other, "another secret of a test, long enough to be taken");
    String line =
        refused("stranger", changed(joining("x"), "--cluster-secret-file", other.toString()));
    assertThat(line).contains("belongs to another cluster", "--cluster-secret-file");
    assertThat(directory.resolve("stranger")).doesNotExist();
  }

  @Test
  @Order(2)
  void start_otherClusterName_isRefused() throws IOException, InterruptedException {
    Path xml = directory.resolve("cluster.xml");
    Files.writeString(
        xml, Files.readString(Path.of("../cluster.xml")).replace(">sluice<", ">other<"));
    String line = refused("stranger", joining("stranger", "--cluster", xml.toString()));
    assertThat(line).contains("belongs to another cluster", "cluster.xml");
  }

  @Test
  @Order(3)
  void start_nameOfAnotherNode_isRefused() throws IOException, InterruptedException {
    String line = refused("twin", changed(joining("twin"), "--node", "a"));
    assertThat(line).contains("another node named a runs at", "--node");
    assertThat(directory.resolve("twin")).doesNotExist();
  }

  @Test
  @Order(4)
  void start_dataDirectoryOfAnotherCluster_isRefused() throws IOException, InterruptedException {
    try (DataDirectory foreign =
        DataDirectory.openOrCreate(directory.resolve("foreign"), UUID::randomUUID)) {
      assertThat(foreign.diskId()).isNotNull();
    }
    String line = refused("foreign", joining("foreign"));
    assertThat(line).contains("the data directories belong to cluster", "empty directories");
    assertThat(directory.resolve("foreign/metadata")).doesNotExist();
  }

  @Test
  @Order(5)
  void commands_thatCantBeDone_areRefused() throws IOException, InterruptedException {
    assertThat(nodes.sluice("a", "cluster", "layout", "--replicas", "3"))
        .startsWith("sluice: ")
        .contains("3 replicas need 3 nodes, and 2 can take data (a, b)")
        .hasLineCount(1);
    assertThat(nodes.sluice("b", "cluster", "layout", "--replicas", "2"))
        .startsWith("sluice: ")
        .contains("2 copies in different zones need 2 zones, and there is 1 (z1)", "--force")
        .hasLineCount(1);
    assertThat(nodes.sluice("b", "cluster", "remove", "a"))
        .contains("drain it first")
        .hasLineCount(1);
    assertThat(nodes.sluice("b", "cluster", "remove", "a", "--force"))
        .contains("drain it first")
        .hasLineCount(1);
    assertThat(nodes.sluice("b", "cluster", "remove", "b"))
        .contains("b is running: stop it first, or say --force")
        .hasLineCount(1);
  }

  @Test
  @Order(6)
  void removedNode_thatStartsAgain_isToldWhatToDo_andWithEmptyDirectoriesIsNew()
      throws IOException, InterruptedException {
    assertThat(nodes.sluice("a", "cluster", "remove", "b", "--force")).contains("removed");
    Awaitility.await("b says so")
        .atMost(Duration.ofSeconds(30))
        .until(() -> nodes.output("b").contains("this node was removed from the cluster: stop it"));
    assertThat(nodes.stop("b")).isZero();
    assertThat(refused("b", joining("b")))
        .contains("node b was removed from the cluster", "start it with empty directories");

    Files.move(directory.resolve("b"), directory.resolve("b-old"));
    nodes.launch("b", joining("b"));
    nodes.awaitReady("b");
    JsonObject status = new JsonObject(nodes.sluice("b", "cluster", "status", "--json"));
    assertThat(status.getJsonArray("nodes")).hasSize(2);
  }

  @Test
  @Order(7)
  void replicas_zonesShared_withForce_isDone() throws IOException, InterruptedException {
    assertThat(nodes.sluice("b", "cluster", "layout", "--replicas", "2", "--force", "--json"))
        .doesNotStartWith("sluice: ");
    assertThat(nodes.sluice("a", "cluster", "drain", "b"))
        .contains("copies need as many nodes")
        .hasLineCount(1);
  }

  @Test
  @Order(8)
  void start_replicasThatTheClusterDoesNotKeep_isToldSo() throws IOException, InterruptedException {
    assertThat(nodes.stop("b")).isZero();
    nodes.launch("b", joining("b", "--replicas", "1"));
    nodes.awaitReady("b");
    assertThat(nodes.output("b"))
        .contains("--replicas 1 is not followed: the cluster keeps 2 copies");
  }

  @Test
  @Order(9)
  void start_saysNothingThatOnlyAuthorsOfLibrariesWantToKnow() throws IOException {
    assertThat(nodes.output("a") + nodes.output("b"))
        .doesNotContain("Epoll available", "add-modules", "io.grpc");
  }
}

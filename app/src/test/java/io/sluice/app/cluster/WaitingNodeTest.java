package io.sluice.app.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A node that waits for the others to make the cluster is there, and says what it waits for. */
@Tag("nodes")
class WaitingNodeTest {
  private static final Duration LIMIT = Duration.ofMinutes(2);

  @TempDir Path directory;

  private static String get(String url) throws IOException, InterruptedException {
    return HttpClient.newHttpClient()
        .send(HttpRequest.newBuilder(URI.create(url)).build(), HttpResponse.BodyHandlers.ofString())
        .body();
  }

  @Test
  void clusterStatus_ofANodeThatWaits_saysForWhat() throws IOException, InterruptedException {
    try (NodeProcesses nodes = new NodeProcesses(directory)) {
      List<String> options = new ArrayList<>(nodes.clustered("a", "a", "b"));
      options.addAll(nodes.creating("a", "b"));
      nodes.launch("a", options);
      Awaitility.await("a waits")
          .atMost(LIMIT)
          .until(() -> nodes.output("a").contains("waiting for b (not seen"));

      assertThat(nodes.sluice("a", "cluster", "status"))
          .startsWith("sluice: the node is starting, waiting for b (not seen")
          .hasLineCount(1);
      assertThat(nodes.operations("a", "health/live")).contains("\"up\"");
      assertThat(nodes.operations("a", "health/ready"))
          .contains("not ready", "the node is starting")
          .doesNotContain("waiting for b");
      assertThat(get("http://" + nodes.address("a", 0) + "/bucket"))
          .contains("ServiceUnavailable", "This node is starting");
      // It may still be refused, and then must have made nothing.
      assertThat(Files.exists(directory.resolve("a"))).isFalse();
    }
  }
}

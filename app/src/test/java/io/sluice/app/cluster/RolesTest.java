package io.sluice.app.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.testkit.tls.TestAuthority;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Random;
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

/**
 * A cluster of two nodes that share the work, under an operator's own certificates: one keeps
 * chunks and metadata, the other serves S3, over HTTPS.
 */
@Tag("nodes")
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class RolesTest {
  private static final String BUCKET = "shared";
  private static final int LARGE_BYTES = 5 << 20;

  @TempDir static Path directory;
  private static NodeProcesses nodes;
  private static TestAuthority authority;

  @BeforeAll
  static void form() throws IOException {
    authority = new TestAuthority(directory, "own", "RSA", InstantSource.system());
    nodes = new NodeProcesses(directory);
    nodes.https(authority);
    nodes.launch("keeper", options("keeper", authority, "storage,metadata"));
    nodes.launch("front", options("front", authority, "gateway"));
    nodes.awaitReady("keeper", "front");
  }

  private static List<String> options(String node, TestAuthority between, String roles) {
    List<String> options = nodes.clustered(node, "keeper", "front");
    options.addAll(nodes.creating("keeper"));
    options.addAll(List.of("--roles", roles));
    TestAuthority.Issued own = between.issue(node);
    options.addAll(List.of("--cluster-ca", own.authority().toString()));
    options.addAll(List.of("--cluster-cert", own.certificate().toString()));
    options.addAll(List.of("--cluster-key", own.key().toString()));
    TestAuthority.Issued https = authority.issue(node + "-https");
    options.addAll(List.of("--tls-cert", https.certificate().toString()));
    options.addAll(List.of("--tls-key", https.key().toString()));
    return options;
  }

  @AfterAll
  static void end() throws InterruptedException {
    nodes.close();
  }

  private static byte[] bytes(int length) {
    byte[] made = new byte[length];
    new Random(length).nextBytes(made);
    return made;
  }

  @Test
  @Order(1)
  void gatewayOnly_servesWhatTheOtherKeeps_overHttps() {
    try (S3Client s3 = nodes.s3("front")) {
      s3.createBucket(request -> request.bucket(BUCKET));
      for (int length : List.of(100, LARGE_BYTES)) {
        String key = "k" + length;
        s3.putObject(
            request -> request.bucket(BUCKET).key(key), RequestBody.fromBytes(bytes(length)));
        assertThat(s3.getObjectAsBytes(request -> request.bucket(BUCKET).key(key)).asByteArray())
            .isEqualTo(bytes(length));
      }
    }
  }

  @Test
  @Order(2)
  void status_overHttps_throughEither_showsDisksAndVotersOfTheKeeperOnly() throws Exception {
    for (String asked : List.of("front", "keeper")) {
      JsonObject status = new JsonObject(nodes.sluice(asked, "cluster", "status", "--json"));
      assertThat(status.getJsonArray("nodes")).hasSize(2);
      JsonObject metadata = status.getJsonObject("metadata");
      assertThat(metadata.getString("leader")).isEqualTo("keeper");
      assertThat(metadata.getJsonArray("shards").getJsonObject(0).getJsonArray("voters"))
          .containsExactly("keeper");
      for (Object node : status.getJsonArray("nodes")) {
        JsonObject shown = (JsonObject) node;
        boolean keeps = shown.getString("name").equals("keeper");
        assertThat(shown.getJsonArray("disks")).hasSize(keeps ? 1 : 0);
      }
    }
  }

  @Test
  @Order(3)
  void nodeWithoutGateway_servesNoS3() {
    try (S3Client s3 = nodes.s3("keeper")) {
      assertThatThrownBy(s3::listBuckets)
          .isInstanceOf(S3Exception.class)
          .hasMessageContaining("does not serve S3");
    }
  }

  @Test
  @Order(4)
  void nodeWithCertificateOfAnotherAuthority_isNotLetIn() throws Exception {
    TestAuthority other = new TestAuthority(directory, "other", "RSA", InstantSource.system());
    nodes.launch("stranger", options("stranger", other, "gateway"));
    Awaitility.await("waits")
        .atMost(Duration.ofSeconds(60))
        .until(() -> nodes.output("stranger").contains("certificates the same?"));
    nodes.kill("stranger");
    JsonObject status = new JsonObject(nodes.sluice("keeper", "cluster", "status", "--json"));
    assertThat(status.getJsonArray("nodes")).hasSize(2);
  }

  @Test
  @Order(5)
  void keeperThatIsStartedWithoutStorage_isRefused() throws IOException, InterruptedException {
    assertThat(nodes.stop("keeper")).isZero();
    nodes.launch("keeper", options("keeper", authority, "metadata"));
    assertThat(nodes.exit("keeper")).isEqualTo(1);
    assertThat(nodes.output("keeper"))
        .contains("sluice: node keeper keeps 256 partitions")
        .contains("sluice cluster drain keeper");
  }
}

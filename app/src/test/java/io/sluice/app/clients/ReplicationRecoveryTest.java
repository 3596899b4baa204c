package io.sluice.app.clients;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.app.TestServer;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.ReplicationConfiguration;
import software.amazon.awssdk.services.s3.model.ReplicationRule;
import software.amazon.awssdk.services.s3.model.ReplicationRuleStatus;
import software.amazon.awssdk.services.s3.model.ReplicationStatus;
import software.amazon.awssdk.services.s3.model.S3Exception;

/** Bucket replication through a restart, a backup and a standby that takes over: one story. */
class ReplicationRecoveryTest {
  @RegisterExtension static final TestServer A = new TestServer();
  @RegisterExtension static final TestServer B = new TestServer("--shards", "2");
  @RegisterExtension static final TestServer REMOTE = new TestServer();

  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final JsonObject NOTHING = new JsonObject();

  @TempDir static Path directory;

  private S3Client a = SdkClients.sync(A.endpoint());
  private final S3Client b = SdkClients.sync(B.endpoint());
  private final S3Client remote = SdkClients.sync(REMOTE.endpoint());
  private AdminRequests adminA = new AdminRequests(A.endpoint());
  private final AdminRequests adminB = new AdminRequests(B.endpoint());

  private String url() {
    return "file://" + directory.resolve("backups").toAbsolutePath();
  }

  private void register(AdminRequests admin) throws IOException {
    Path credentials = SdkClients.credentialsFile(directory);
    admin.create(
        "/mirrors",
        new JsonObject()
            .put("bucket", "photos")
            .put("name", "offsite")
            .put("url", "s3://copies?endpoint=" + REMOTE.endpoint())
            .put("credentialsFile", credentials.toString())
            .put("overwrite", true)
            .put("replication", true));
  }

  private static ReplicationConfiguration configuration(String prefix) {
    return ReplicationConfiguration.builder()
        .role("r")
        .rules(
            ReplicationRule.builder()
                .id("one")
                .priority(1)
                .status(ReplicationRuleStatus.ENABLED)
                .filter(f -> f.prefix(prefix))
                .destination(d -> d.bucket("arn:sluice:replication::offsite:copies"))
                .build())
        .build();
  }

  private static void replicate(S3Client s3, String prefix) {
    s3.putBucketReplication(
        r -> r.bucket("photos").replicationConfiguration(configuration(prefix)));
  }

  private static ReplicationConfiguration replication(S3Client s3) {
    return s3.getBucketReplication(r -> r.bucket("photos")).replicationConfiguration();
  }

  private static void put(S3Client s3, String key) {
    SdkClients.put(s3, "photos", key, key);
  }

  private static ReplicationStatus status(S3Client s3, String key) {
    return s3.headObject(r -> r.bucket("photos").key(key)).replicationStatus();
  }

  private static void untilCompleted(S3Client s3, String key) {
    Awaitility.await(key)
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(100))
        .until(() -> status(s3, key) == ReplicationStatus.COMPLETED);
  }

  private List<String> copies() {
    return SdkClients.keys(remote, "copies");
  }

  private String backUp(String kind) {
    return adminA.backUp("disk", kind);
  }

  private void awaitApplied(String set) {
    adminB.until("/standby", "position", set);
  }

  @Test
  void replication_goesOnAfterARestart_comesBackFromABackup_andWithTheStandby() throws IOException {
    a.createBucket(r -> r.bucket("photos"));
    remote.createBucket(r -> r.bucket("copies"));
    register(adminA);
    replicate(a, "p/");
    put(a, "p/1");
    untilCompleted(a, "p/1");
    restart();
    comesBackFromABackup();
    followsToTheStandby();
    goesOnWithTheStandby();
  }

  private void restart() {
    A.restart();
    a = SdkClients.sync(A.endpoint());
    adminA = new AdminRequests(A.endpoint());
    put(a, "p/2");
    untilCompleted(a, "p/1");
    untilCompleted(a, "p/2");
    assertThat(copies()).containsExactly("p/1", "p/2");
    JsonObject mirror = adminA.get("/mirrors/offsite");
    assertThat(mirror.getLong("objects")).as("none twice").isEqualTo(2);
    assertThat(mirror.getLong("comparisons")).isZero();
  }

  /** A bucket that is made anew is another one: its place must be registered for it again. */
  private void comesBackFromABackup() throws IOException {
    Files.createDirectories(directory.resolve("backups"));
    adminA.create("/targets", new JsonObject().put("name", "disk").put("url", url()));
    String full = backUp("full");
    a.deleteObject(r -> r.bucket("photos").key("p/1"));
    a.deleteObject(r -> r.bucket("photos").key("p/2"));
    a.deleteBucket(r -> r.bucket("photos"));
    assertThat(adminA.get("/mirrors/offsite").getLong("rules")).isZero();
    String restore =
        new JsonObject(
                adminA.send(
                    "POST",
                    "/targets/disk/restores",
                    new JsonObject().put("bucket", "photos").put("backup", full)))
            .getString("id");
    adminA.until("/restores/" + restore, "state", "complete");
    assertThat(replication(a)).isEqualTo(configuration("p/"));
    assertThat(status(a, "p/1")).as("nothing goes there").isEqualTo(ReplicationStatus.PENDING);
    adminA.send("DELETE", "/mirrors/offsite", NOTHING);
    register(adminA);
    untilCompleted(a, "p/1");
    assertThat(adminA.get("/mirrors/offsite").getLong("comparisons")).isOne();
  }

  private void followsToTheStandby() throws IOException {
    String full = backUp("full");
    adminB.send(
        "POST",
        "/standby",
        new JsonObject()
            .put("url", url())
            .put("everyMs", 100)
            .put("primary", A.endpoint().toString()));
    awaitApplied(full);
    assertThat(replication(b)).isEqualTo(configuration("p/"));
    assertThat(status(b, "p/1")).as("not known here").isEqualTo(ReplicationStatus.PENDING);
    register(adminB);
    assertThat(adminB.get("/mirrors/offsite").getString("state")).isEqualTo("standby");
    assertThatThrownBy(() -> replicate(b, "x/")).isInstanceOf(S3Exception.class);

    replicate(a, "q/");
    put(a, "q/1");
    untilCompleted(a, "q/1");
    awaitApplied(backUp("incremental"));
    assertThat(replication(b)).isEqualTo(configuration("q/"));
    JsonObject waiting = adminB.get("/mirrors/offsite");
    assertThat(waiting.getLong("rules")).isOne();
    assertThat(waiting.getLong("objects")).as("a standby sends nothing").isZero();
  }

  private void goesOnWithTheStandby() {
    put(a, "q/2");
    awaitApplied(backUp("incremental"));
    A.stop();
    adminB.send("POST", "/standby/promote", NOTHING);
    adminB.until("/standby", "role", "ordinary");
    put(b, "q/3");
    put(b, "p/not-any-more");
    untilCompleted(b, "q/3");
    untilCompleted(b, "q/2");
    assertThat(copies()).containsExactly("p/1", "p/2", "q/1", "q/2", "q/3");
    A.restart();
  }
}

package io.sluice.app.clients;

import static io.sluice.app.clients.SdkClients.random;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.app.TestServer;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.Bucket;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;
import software.amazon.awssdk.services.s3.model.S3Exception;
import software.amazon.awssdk.services.s3.model.S3Object;

/** A primary, its standby, and what becomes of them: one story, on a directory. */
class StandbyTest {
  @RegisterExtension static final TestServer A = new TestServer();
  @RegisterExtension static final TestServer B = new TestServer("--shards", "2");

  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final int PART = 5 << 20;
  private static final JsonObject NOTHING = new JsonObject();

  @TempDir static Path directory;

  private S3Client a = SdkClients.sync(A.endpoint());
  private S3Client b = SdkClients.sync(B.endpoint());
  private AdminRequests adminA = new AdminRequests(A.endpoint());
  private AdminRequests adminB = new AdminRequests(B.endpoint());

  private static void put(S3Client s3, String bucket, String key, int seed, int length) {
    s3.putObject(r -> r.bucket(bucket).key(key), RequestBody.fromBytes(random(seed, length)));
  }

  private static String url() {
    return "file://" + directory.toAbsolutePath();
  }

  private static void addTarget(AdminRequests admin) {
    admin.create("/targets", new JsonObject().put("name", "disk").put("url", url()));
  }

  private static String backUp(AdminRequests admin, String kind) {
    return admin.backUp("disk", kind);
  }

  private static JsonObject status(AdminRequests admin) {
    return admin.get("/standby");
  }

  private static JsonObject awaitPosition(AdminRequests admin, String set) {
    return admin.until("/standby", "position", set);
  }

  private static JsonObject awaitRole(AdminRequests admin, String role) {
    return admin.until("/standby", "role", role);
  }

  private static JsonObject refused(
      AdminRequests admin, String path, JsonObject body, int status, String code) {
    HttpResponse<String> answer = admin.exchange("POST", path, body);
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
    JsonObject said = new JsonObject(answer.body());
    assertThat(said.getString("code")).isEqualTo(code);
    return said;
  }

  /** All that a client sees of the objects of a cluster. */
  private static Map<String, Object> all(S3Client s3) {
    Map<String, Object> all = new TreeMap<>();
    for (Bucket bucket : s3.listBuckets().buckets()) {
      all.put(bucket.name(), "bucket");
      for (S3Object object :
          s3.listObjectsV2Paginator(r -> r.bucket(bucket.name()).maxKeys(7)).contents()) {
        HeadObjectResponse head = s3.headObject(r -> r.bucket(bucket.name()).key(object.key()));
        byte[] bytes =
            s3.getObjectAsBytes(r -> r.bucket(bucket.name()).key(object.key())).asByteArray();
        all.put(
            bucket.name() + "/" + object.key(),
            List.of(
                head.eTag(),
                head.lastModified(),
                head.contentLength(),
                String.valueOf(head.contentType()),
                head.metadata(),
                Arrays.hashCode(bytes)));
      }
    }
    return all;
  }

  private S3Client alice(TestServer server) {
    return SdkClients.sync(
        server.endpoint(),
        StaticCredentialsProvider.create(
            AwsBasicCredentials.create(
                "ALICEACCESSKEY000000", "alice-secret-key-0000000000000000")));
  }

  @Test
  void standby_follows_takesOver_andGivesBack() throws IOException {
    populate();
    addTarget(adminA);
    badInput();
    String full = backUp(adminA, "full");

    adminB.send("POST", "/standby", follow());
    awaitPosition(adminB, full);
    assertThat(all(b)).isEqualTo(all(a));
    try (S3Client alice = alice(B)) {
      assertThat(alice.listBuckets().buckets()).extracting(Bucket::name).containsExactly("hers");
    }
    assertWritesRefused();

    change();
    String incremental = backUp(adminA, "incremental");
    JsonObject after = awaitPosition(adminB, incremental);
    assertThat(after.getLong("comparisons")).as("by what changed, not by comparing").isEqualTo(1);
    assertThat(after.getLong("lagBytes")).isZero();
    assertThat(after.getDouble("recoveryPointSeconds")).isPositive();
    assertThat(all(b)).isEqualTo(all(a));
    assertThat(adminB.exchange("GET", "/accounts/carol", NOTHING).statusCode()).isEqualTo(404);
    B.restart();
    b = SdkClients.sync(B.endpoint());
    adminB = new AdminRequests(B.endpoint());
    String nothing = backUp(adminA, "synthetic-full");
    assertThat(awaitPosition(adminB, nothing).getLong("comparisons")).isEqualTo(1);

    Map<String, Object> recoveryPoint = all(a);
    put(a, "photos", "lost", 1, 5_000);
    refused(adminB, "/standby/promote", new JsonObject(), 409, "PrimaryAlive");
    A.stop();
    adminB.send("POST", "/standby/promote", NOTHING);
    JsonObject promoted = awaitRole(adminB, "ordinary");
    assertThat(promoted.getLong("epoch")).isEqualTo(1);
    assertThat(promoted.getJsonObject("takeover").getString("position")).isEqualTo(nothing);
    assertThat(all(b)).as("all but what no backup has").isEqualTo(recoveryPoint);

    failBack();
  }

  private void populate() {
    a.createBucket(r -> r.bucket("photos"));
    a.createBucket(r -> r.bucket("empty"));
    a.createBucket(r -> r.bucket("remade"));
    for (int i = 0; i < 9; i++) {
      put(a, "photos", "small/" + i, i, 1_000 + i);
    }
    a.putObject(
        r -> r.bucket("photos").key("large").metadata(Map.of("of", "a")).contentType("a/b"),
        RequestBody.fromBytes(random(50, 9 << 20)));
    SdkClients.putInParts(a, "photos", "parts", random(51, PART + 777), PART, r -> {});
    for (String copied : List.of("large", "parts")) {
      copy(copied, "copy-of-" + copied);
    }
    put(a, "remade", "old", 52, 400_000);
    account("alice", "ALICEACCESSKEY000000", "alice-secret-key-0000000000000000");
    account("carol", "CAROLACCESSKEY000000", "carol-secret-key-0000000000000000");
    try (S3Client alice = alice(A)) {
      alice.createBucket(r -> r.bucket("hers"));
      put(alice, "hers", "letter", 53, 300);
    }
  }

  private void copy(String from, String to) {
    a.copyObject(
        r ->
            r.sourceBucket("photos")
                .sourceKey(from)
                .destinationBucket("photos")
                .destinationKey(to));
  }

  private void account(String name, String key, String secret) {
    adminA.send(
        "POST",
        "/accounts",
        new JsonObject().put("name", name).put("accessKey", key).put("secretKey", secret));
  }

  private JsonObject follow() {
    return new JsonObject()
        .put("url", url())
        .put("everyMs", 100)
        .put("primary", A.endpoint().toString());
  }

  private void badInput() throws IOException {
    refused(adminB, "/standby", follow().put("url", "file:///is/not/there"), 409, "TargetUnusable");
    assertThat(refused(adminB, "/standby", follow(), 409, "TargetUnusable").getString("message"))
        .contains("no backups of another cluster");
    String stranger = "00000000-0000-4000-8000-000000000001";
    Files.createDirectories(directory.resolve("sluice-backup-1").resolve(stranger));
    assertThat(
            refused(adminB, "/standby", follow().put("clusterId", stranger), 409, "TargetUnusable")
                .getString("message"))
        .contains("backup");
    Files.delete(directory.resolve("sluice-backup-1").resolve(stranger));
    refused(adminB, "/standby", follow().put("clusterId", "x"), 400, "InvalidArgument");
    refused(adminB, "/standby", follow().put("primary", "x"), 400, "InvalidArgument");
    refused(adminB, "/standby/promote", new JsonObject(), 409, "NoStandby");
    refused(adminB, "/standby/fail-back", new JsonObject(), 409, "NotFenced");
    assertThat(status(adminB).getString("role")).isEqualTo("ordinary");
    backUp(adminA, "full");
    b.createBucket(r -> r.bucket("mine"));
    refused(adminB, "/standby", follow(), 409, "NotEmpty");
    refused(
        adminB,
        "/standby",
        follow().put("overwrite", true).put("automaticMs", 10_000),
        409,
        "NoLease");
    b.deleteBucket(r -> r.bucket("mine"));
  }

  private void assertWritesRefused() {
    assertThatThrownBy(() -> put(b, "photos", "mine", 1, 10))
        .isInstanceOfSatisfying(
            S3Exception.class,
            refusal -> {
              assertThat(refusal.awsErrorDetails().errorCode()).isEqualTo("AccessDenied");
              assertThat(refusal).hasMessageContaining("standby");
            });
    assertThatThrownBy(() -> b.deleteObject(r -> r.bucket("photos").key("small/1")))
        .isInstanceOf(S3Exception.class);
    assertThatThrownBy(() -> b.createBucket(r -> r.bucket("mine"))).isInstanceOf(S3Exception.class);
    assertThat(
            adminB
                .exchange("POST", "/accounts", new JsonObject().put("name", "mallory"))
                .statusCode())
        .isEqualTo(403);
  }

  private void change() {
    put(a, "photos", "small/3", 60, 2_000);
    put(a, "photos", "large", 61, 6 << 20);
    a.deleteObject(r -> r.bucket("photos").key("small/4"));
    a.deleteObject(r -> r.bucket("photos").key("parts"));
    copy("copy-of-large", "copy-again");
    a.deleteBucket(r -> r.bucket("empty"));
    a.deleteObject(r -> r.bucket("remade").key("old"));
    a.deleteBucket(r -> r.bucket("remade"));
    a.createBucket(r -> r.bucket("remade"));
    put(a, "remade", "new", 62, 700);
    a.createBucket(r -> r.bucket("new"));
    SdkClients.putInParts(a, "new", "parts", random(63, PART + 5), PART, r -> {});
    adminA.send("DELETE", "/accounts/carol", NOTHING);
  }

  /** The primary of before comes back, and gets what differs. */
  private void failBack() {
    put(b, "photos", "after", 70, 300_000);
    put(b, "photos", "small/5", 71, 900);
    b.deleteObject(r -> r.bucket("photos").key("small/6"));
    addTarget(adminB);
    A.restart();
    a = SdkClients.sync(A.endpoint());
    adminA = new AdminRequests(A.endpoint());
    demoteOldPrimary();
    assertThat(
            refused(adminA, "/standby/fail-back", new JsonObject(), 409, "TargetUnusable")
                .getString("message"))
        .contains("no backups");
    String newest = backUp(adminB, "full");
    JsonObject terms = new JsonObject().put("everyMs", 100).put("primary", B.endpoint().toString());
    refused(adminA, "/standby/fail-back", terms.copy().put("automaticMs", 10_000), 409, "NoLease");
    adminA.send("POST", "/standby/fail-back", terms);
    JsonObject back = awaitPosition(adminA, newest);
    assertThat(back.getLong("bytesRead"))
        .as("the one chunk that differs")
        .isBetween(300_000L, 320_000L);
    assertThat(back.fieldNames())
        .as("it is fenced no more")
        .contains("lastFence")
        .doesNotContain("fence", "diverged");
    assertThat(all(a)).isEqualTo(all(b));

    put(b, "photos", "last", 72, 100);
    adminB.send("POST", "/standby/demote", new JsonObject().put("target", "disk"));
    assertThatThrownBy(() -> put(b, "photos", "late", 1, 10)).isInstanceOf(S3Exception.class);
    refused(adminA, "/standby/promote", new JsonObject(), 409, "PrimaryAlive");
    Awaitility.await("the last set")
        .atMost(PATIENCE)
        .until(
            () ->
                new JsonObject(adminB.send("POST", "/standby/demote", NOTHING))
                    .getJsonObject("fence")
                    .containsKey("lastSet"));
    adminA.send("POST", "/standby/promote", NOTHING);
    JsonObject again = awaitRole(adminA, "ordinary");
    assertThat(again.getLong("epoch")).isEqualTo(2);
    assertThat(again.fieldNames()).doesNotContain("fence", "lastFence", "diverged", "lastDiverged");
    assertThat(all(a))
        .as("a planned switch loses nothing")
        .isEqualTo(all(b))
        .containsKey("photos/last");
    put(a, "photos", "and on", 73, 10);
  }

  private void demoteOldPrimary() {
    HttpResponse<String> unlessFenced = adminA.exchange("POST", "/standby/demote", NOTHING);
    assertThat(unlessFenced.statusCode()).isIn(200, 409);
    awaitRole(adminA, "fenced");
  }
}

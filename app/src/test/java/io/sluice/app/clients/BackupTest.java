package io.sluice.app.clients;

import static io.sluice.app.clients.SdkClients.random;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.app.TestServer;
import io.sluice.recovery.backup.BackupCatalog;
import io.sluice.recovery.backup.BackupSet;
import io.sluice.recovery.backup.Verification;
import io.sluice.recovery.backup.VerificationResult;
import io.sluice.recovery.backup.file.BackupFiles;
import io.sluice.recovery.backup.target.BackupTarget;
import io.sluice.recovery.backup.target.BackupTargets;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.Bucket;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;

/** Backups of a server that is being written to, through its administration API. */
class BackupTest {
  @RegisterExtension static final TestServer SERVER = new TestServer();

  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final int PART = 5 << 20;
  private static final JsonObject NOTHING = new JsonObject();

  @TempDir static Path directory;

  private static S3Client s3;
  private static AdminRequests admin;
  private static DiskTarget disk;

  @BeforeAll
  static void open() {
    s3 = SdkClients.sync(SERVER.endpoint());
    admin = new AdminRequests(SERVER.endpoint());
    s3.createBucket(r -> r.bucket("photos"));
    disk = DiskTarget.add(admin, directory);
  }

  @AfterAll
  static void close() {
    s3.close();
  }

  private static void put(String key, int seed, int length) {
    s3.putObject(r -> r.bucket("photos").key(key), RequestBody.fromBytes(random(seed, length)));
  }

  /** Makes a set, and says what is in it. */
  private static JsonObject run(String kind) {
    String id = disk.run(kind);
    return new JsonObject(admin.send("GET", "/targets/disk/backups/" + id, NOTHING));
  }

  private static VerificationResult verify() throws IOException {
    try (BackupTarget target = BackupTargets.open("file://" + directory.toAbsolutePath())) {
      UUID cluster = BackupFiles.clusters(target).get(0);
      BackupFiles files = new BackupFiles(target, cluster, null);
      BackupCatalog catalog = BackupCatalog.load(files);
      BackupSet newest = catalog.newest().orElseThrow();
      return new Verification(files, catalog, 1, 1, (done, all) -> {}).verify(List.of(newest));
    }
  }

  @Test
  void run_fullThenIncrementals_sendWhatChanged() throws IOException {
    for (int i = 0; i < 40; i++) {
      put("small/" + i, i, 1_000 + i);
    }
    put("large", 1, 9 << 20);
    JsonObject full = run("full");
    assertThat(full.getLong("objects")).isEqualTo(41);
    assertThat(full.getLong("chunks")).isEqualTo(3);
    assertThat(new JsonObject(admin.send("GET", "/backups/" + full.getString("id"), NOTHING)))
        .isEqualTo(full.copy().put("hold", false));
    assertThat(verify().problems()).isEmpty();

    JsonObject nothing = run("incremental");
    assertThat(nothing.getLong("objects")).isZero();
    assertThat(nothing.getLong("chunks")).isZero();
    assertThat(nothing.getString("parent")).isEqualTo(full.getString("id"));

    put("small/3", 100, 500);
    put("medium", 101, 1 << 20);
    s3.deleteObject(r -> r.bucket("photos").key("small/4"));
    s3.copyObject(
        r ->
            r.sourceBucket("photos")
                .sourceKey("large")
                .destinationBucket("photos")
                .destinationKey("copy"));
    JsonObject changed = run("incremental");
    assertThat(changed.getLong("objects")).isEqualTo(3);
    assertThat(changed.getLong("removals")).isEqualTo(1);
    assertThat(changed.getLong("chunks")).as("of the one new object").isEqualTo(1);
    VerificationResult verified = verify();
    assertThat(verified.problems()).isEmpty();
    assertThat(verified.objects()).isEqualTo(42);

    JsonObject differential = run("differential");
    assertThat(differential.getString("parent")).isEqualTo(full.getString("id"));
    assertThat(differential.getLong("objects")).isEqualTo(3);
    assertThat(differential.getLong("chunks")).as("the target has them").isZero();
    assertThat(verify().problems()).isEmpty();

    JsonObject synthetic = run("synthetic-full");
    assertThat(synthetic.getString("parent")).isNull();
    assertThat(synthetic.getString("at")).isEqualTo(differential.getString("at"));
    assertThat(synthetic.getLong("objects")).isEqualTo(42);
    assertThat(synthetic.getLong("chunks")).as("none is sent").isZero();
    verified = verify();
    assertThat(verified.problems()).isEmpty();
    assertThat(verified.sets()).as("it needs no other").isEqualTo(1);
    assertThat(verified.objects()).isEqualTo(42);
    assertThat(run("incremental").getString("parent")).isEqualTo(synthetic.getString("id"));
  }

  private static JsonObject restore(JsonObject order) {
    String id = new JsonObject(admin.send("POST", "/targets/disk/restores", order)).getString("id");
    return Awaitility.await("restore " + order)
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(50))
        .until(
            () -> new JsonObject(admin.send("GET", "/restores/" + id, NOTHING)),
            answer -> !answer.getString("state").equals("running"));
  }

  private static byte[] get(String bucket, String key) {
    return s3.getObjectAsBytes(r -> r.bucket(bucket).key(key)).asByteArray();
  }

  @Test
  void restore_intoAnotherBucketAndInPlace_isAsItWas() {
    String bucket = "albums";
    s3.createBucket(r -> r.bucket(bucket));
    byte[] parts = random(1, PART + 777);
    SdkClients.putInParts(s3, bucket, "parts", parts, PART, r -> {});
    s3.putObject(
        r -> r.bucket(bucket).key("large").metadata(Map.of("of", "then")).contentType("a/b"),
        RequestBody.fromBytes(random(2, 9 << 20)));
    s3.putObject(r -> r.bucket(bucket).key("small"), RequestBody.fromBytes(random(3, 100)));
    for (String copied : List.of("large", "parts")) {
      s3.copyObject(
          r ->
              r.sourceBucket(bucket)
                  .sourceKey(copied)
                  .destinationBucket(bucket)
                  .destinationKey("copy-of-" + copied));
    }
    HeadObjectResponse then = s3.headObject(r -> r.bucket(bucket).key("large"));
    HeadObjectResponse thenParts = s3.headObject(r -> r.bucket(bucket).key("parts"));
    run("full");
    s3.putObject(r -> r.bucket(bucket).key("small"), RequestBody.fromString("changed"));
    s3.deleteObject(r -> r.bucket(bucket).key("large"));
    s3.putObject(r -> r.bucket(bucket).key("new"), RequestBody.fromString("new"));

    JsonObject order = new JsonObject().put("bucket", bucket);
    JsonObject elsewhere = restore(order.copy().put("toBucket", "albums-then"));
    assertThat(elsewhere.getString("state")).as(elsewhere.encode()).isEqualTo("complete");
    assertThat(elsewhere.getLong("restored")).isEqualTo(5);
    assertThat(get("albums-then", "copy-of-parts")).isEqualTo(parts);
    assertThat(get("albums-then", "copy-of-large")).isEqualTo(random(2, 9 << 20));
    assertThat(get("albums-then", "parts")).isEqualTo(parts);
    assertThat(get("albums-then", "small")).isEqualTo(random(3, 100));
    HeadObjectResponse now = s3.headObject(r -> r.bucket("albums-then").key("large"));
    assertThat(now.eTag()).isEqualTo(then.eTag());
    assertThat(now.lastModified()).isEqualTo(then.lastModified());
    assertThat(now.metadata()).isEqualTo(then.metadata());
    assertThat(now.contentType()).isEqualTo(then.contentType());
    assertThat(s3.headObject(r -> r.bucket("albums-then").key("parts")).eTag())
        .isEqualTo(thenParts.eTag());

    JsonObject tried = restore(order.copy().put("dryRun", true).put("overwrite", true));
    assertThat(tried.getLong("restored")).isEqualTo(2);
    JsonObject careful = restore(order);
    assertThat(careful.getLong("restored")).as("what is gone").isEqualTo(1);
    assertThat(careful.getLong("left")).as("what is another now").isEqualTo(1);
    assertThat(get(bucket, "small")).isEqualTo("changed".getBytes(UTF_8));
    JsonObject back = restore(order.copy().put("overwrite", true));
    assertThat(back.getLong("restored")).isEqualTo(1);
    assertThat(back.getLong("unchanged")).isEqualTo(4);
    assertThat(get(bucket, "small")).isEqualTo(random(3, 100));
    assertThat(get(bucket, "large")).isEqualTo(random(2, 9 << 20));
    assertThat(get(bucket, "new")).as("restores delete nothing").hasSize(3);

    JsonObject status = recoveryStatus();
    assertThat(status.getJsonObject("lastRestore").getLong("objects")).isEqualTo(1);
    assertThat(status.getJsonObject("lastRestore").getLong("bytes"))
        .as("one of 100 bytes tells no rate")
        .isEqualTo(9 << 20);
    assertThat(status.getLong("restoreBytesPerSecond")).isPositive();
    assertThat(status.getLong("restoreBytes")).isGreaterThanOrEqualTo(14 << 20);
    assertThat(status.getLong("estimatedSeconds")).isNotNull();
  }

  @Test
  void restore_copiesThatShareTheirChunks_areAllThere() {
    String bucket = "copies";
    byte[] bytes = random(9, 5 << 20);
    byte[] parts = random(10, PART + 777);
    s3.createBucket(r -> r.bucket(bucket));
    s3.putObject(r -> r.bucket(bucket).key("large"), RequestBody.fromBytes(bytes));
    SdkClients.putInParts(s3, bucket, "parts", parts, PART, r -> {});
    for (String key : List.of("large", "parts")) {
      s3.copyObject(
          r ->
              r.sourceBucket(bucket)
                  .sourceKey(key)
                  .destinationBucket(bucket)
                  .destinationKey(key + "-copy"));
    }
    run("full");

    JsonObject order = new JsonObject().put("bucket", bucket).put("toBucket", "copies-then");
    JsonObject answer = restore(order);
    assertThat(answer.getString("state")).as(answer.encode()).isEqualTo("complete");
    assertThat(answer.getLong("restored")).isEqualTo(4);
    assertThat(get("copies-then", "large")).isEqualTo(bytes);
    assertThat(get("copies-then", "large-copy")).isEqualTo(bytes);
    assertThat(get("copies-then", "parts")).isEqualTo(parts);
    assertThat(get("copies-then", "parts-copy")).isEqualTo(parts);
  }

  private static JsonObject schedule(String kind, String cron) {
    return new JsonObject().put("kind", kind).put("cron", cron).put("zone", "Europe/Berlin");
  }

  @Test
  void schedules_areListedAndRemoved_andWhatCanNotBeIsRefused() {
    JsonObject yearly = schedule("full", "0 3  1 1 *");
    String path = "/targets/disk/schedules";
    JsonObject made = new JsonObject(admin.send("POST", path, yearly));
    assertThat(made.getString("cron")).isEqualTo("0 3 1 1 *");
    assertThat(made.getString("due")).endsWith("-01-01T02:00:00Z");
    assertThat(Instant.parse(made.getString("added")))
        .isBetween(Instant.now().minus(PATIENCE), Instant.now().plus(PATIENCE));
    JsonObject second =
        new JsonObject(admin.send("POST", path, schedule("incremental", "0 3 1 1 *")));
    assertThat(second.getInteger("id")).isEqualTo(made.getInteger("id") + 1);
    assertThat(admin.exchange("POST", path, yearly).statusCode()).as("again").isEqualTo(409);
    for (JsonObject refused :
        List.of(
            schedule("full", "0 0 30 2 *"),
            schedule("full", "soon"),
            schedule("whole", "0 3 * * *"),
            schedule("full", "0 3 * * *").put("zone", "Mars"))) {
      HttpResponse<String> answer = admin.exchange("POST", path, refused);
      assertThat(answer.statusCode()).as(answer.body()).isEqualTo(400);
      assertThat(answer.body().strip()).as("one line").doesNotContain("\n");
    }
    JsonObject target = new JsonObject(admin.send("GET", "/targets/disk", NOTHING));
    assertThat(target.getJsonArray("schedules")).hasSize(2);
    admin.send("DELETE", path + "/" + made.getInteger("id"), NOTHING);
    assertThat(admin.exchange("DELETE", path + "/77", NOTHING).statusCode()).isEqualTo(404);
    admin.send("DELETE", path + "/" + second.getInteger("id"), NOTHING);
    assertThat(new JsonObject(admin.send("GET", path, NOTHING)).getJsonArray("schedules"))
        .isEmpty();
  }

  private static JsonObject recoveryStatus() {
    return new JsonObject(admin.send("GET", "/recovery/status", NOTHING))
        .getJsonArray("targets")
        .getJsonObject(0);
  }

  private static JsonObject bucketStatus(String name) {
    return recoveryStatus().getJsonArray("buckets").stream()
        .map(JsonObject.class::cast)
        .filter(bucket -> bucket.getString("name").equals(name))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void objectives_areSetOneByOne_shownAndMeasured() throws Exception {
    run("full");
    String path = "/targets/disk/objectives";
    admin.send("PUT", path, new JsonObject().put("rpoSeconds", 3_600));
    admin.send(
        "PUT",
        path,
        new JsonObject().put("rtoSeconds", 7_200).put("alertUrl", "https://hooks.example/secret"));
    JsonObject status = recoveryStatus();
    assertThat(status.getLong("rpoSeconds")).isEqualTo(3_600);
    assertThat(status.getLong("rtoSeconds")).isEqualTo(7_200);
    assertThat(status.getBoolean("rpoMissed")).isFalse();
    assertThat(status.getString("rpo")).isEqualTo("met");
    assertThat(status.getString("rto"))
        .isEqualTo(status.containsKey("estimatedSeconds") ? "met" : "unknown");
    assertThat(status.getString("alertHost")).isEqualTo("hooks.example");
    assertThat(status.encode()).doesNotContain("secret");
    assertThat(status.getJsonObject("last").getLong("ageSeconds")).isBetween(0L, 600L);
    for (JsonObject refused :
        List.of(
            new JsonObject().put("rpoSeconds", -1),
            new JsonObject().put("rtoSeconds", "soon"),
            new JsonObject().put("alertUrl", "file:///etc/passwd"))) {
      assertThat(admin.exchange("PUT", path, refused).statusCode()).isEqualTo(400);
    }
    HttpRequest metrics =
        HttpRequest.newBuilder(SERVER.endpoint().resolve("/_sluice/metrics")).build();
    Awaitility.await("metrics")
        .atMost(PATIENCE)
        .until(
            () -> HttpClient.newHttpClient().send(metrics, HttpResponse.BodyHandlers.ofString()),
            answer ->
                answer.body().contains("sluice_backup_age_seconds{target=\"disk\"")
                    && answer.body().contains("sluice_backup_last_success_seconds{")
                    && answer.body().contains("sluice_backup_written_bytes_total"));
    s3.createBucket(r -> r.bucket("later"));
    JsonObject photos = bucketStatus("photos");
    assertThat(photos.getBoolean("exact")).as("of a full one").isTrue();
    assertThat(photos.getBoolean("backedUp")).isTrue();
    assertThat(photos.getLong("ageSeconds")).isBetween(0L, 600L);
    assertThat(bucketStatus("later").getBoolean("backedUp")).isFalse();
    put("more", 3, 12_345);
    run("incremental");
    JsonObject more = bucketStatus("photos");
    assertThat(more.getLong("objects")).isEqualTo(photos.getLong("objects") + 1);
    assertThat(more.getLong("bytes")).isEqualTo(photos.getLong("bytes") + 12_345);
    assertThat(more.getBoolean("exact")).isFalse();
    assertThat(bucketStatus("later").getBoolean("backedUp")).isTrue();
    admin.send("PUT", path, new JsonObject().put("rpoSeconds", 0).put("alertUrl", ""));
    assertThat(recoveryStatus().containsKey("rpoSeconds")).isFalse();
    assertThat(recoveryStatus().containsKey("alertHost")).isFalse();
    s3.deleteObject(r -> r.bucket("photos").key("more")); // others count what is there
  }

  @Test
  void drill_restoresAndMeasures_andIsScheduled(@TempDir Path place) {
    put("drilled", 77, 3 << 20);
    String id = run("full").getString("id");
    JsonObject order = new JsonObject().put("directory", place.toAbsolutePath().toString());
    JsonObject result = drill(order).getJsonObject("result");
    assertThat(result.getBoolean("good")).as(result.encode()).isTrue();
    assertThat(result.getString("id")).isEqualTo(id);
    assertThat(result.getLong("bytes")).isGreaterThanOrEqualTo(3 << 20);
    assertThat(place).isEmptyDirectory();
    JsonObject sample = drill(new JsonObject().put("share", 1e-6).put("spaceMax", 64 << 20));
    assertThat(sample.getJsonObject("result").getLong("objects")).isEqualTo(1);

    JsonObject status = recoveryStatus();
    assertThat(status.getJsonObject("lastGoodDrill").getDouble("share")).isEqualTo(1e-6);
    assertThat(status.getJsonObject("lastDrill").containsKey("problem")).isFalse();
    assertThat(status.getJsonObject("lastGoodDrill").getLong("bytesPerSecond")).isNotNegative();
    assertThat(drill(new JsonObject().put("directory", place + "/none")).getString("message"))
        .contains("is no directory of this node");
    status = recoveryStatus();
    assertThat(status.getJsonObject("lastDrill").getString("problem"))
        .contains("nothing could be restored");
    assertThat(status.getJsonObject("lastGoodDrill").getDouble("share")).isEqualTo(1e-6);
    for (JsonObject refused :
        List.of(
            new JsonObject().put("share", 0),
            new JsonObject().put("spaceMax", 1),
            new JsonObject().put("directory", "relative"))) {
      assertThat(admin.exchange("POST", "/targets/disk/drill", refused).statusCode())
          .isEqualTo(400);
    }

    String path = "/targets/disk/schedules";
    JsonObject yearly = schedule("drill", "0 4 1 1 *").put("share", 0.5);
    JsonObject made = new JsonObject(admin.send("POST", path, yearly));
    assertThat(made.getString("due")).endsWith("-01-01T03:00:00Z");
    assertThat(made.getDouble("share")).isEqualTo(0.5);
    assertThat(admin.exchange("POST", path, yearly).statusCode()).as("again").isEqualTo(409);
    for (JsonObject refused :
        List.of(yearly.copy().put("share", 2), schedule("full", "0 4 1 1 *").put("share", 0.5))) {
      assertThat(admin.exchange("POST", path, refused).statusCode()).isEqualTo(400);
    }
    admin.send("DELETE", path + "/" + made.getInteger("id"), NOTHING);
    s3.deleteObject(r -> r.bucket("photos").key("drilled")); // others count what is there
  }

  /** Makes one, and waits for its end. */
  private static JsonObject drill(JsonObject order) {
    admin.send("POST", "/targets/disk/drill", order);
    return Awaitility.await("drill " + order)
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(50))
        .until(
            () -> new JsonObject(admin.send("GET", "/targets/disk/drill", NOTHING)),
            answer -> !answer.getString("state").equals("running"));
  }

  @Test
  void restore_bucketWithoutObjects_isMade() {
    s3.createBucket(r -> r.bucket("bare"));
    run("full");
    s3.deleteBucket(r -> r.bucket("bare"));

    JsonObject order = new JsonObject().put("bucket", "bare");
    assertThat(restore(order.copy().put("dryRun", true)).getString("state")).isEqualTo("complete");
    assertThat(buckets()).doesNotContain("bare");
    assertThat(restore(order).getString("state")).isEqualTo("complete");
    assertThat(buckets()).contains("bare");
  }

  private static List<String> buckets() {
    return s3.listBuckets().buckets().stream().map(Bucket::name).toList();
  }
}

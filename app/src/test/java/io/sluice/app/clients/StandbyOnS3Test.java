package io.sluice.app.clients;

import static io.sluice.app.clients.SdkClients.random;
import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.app.TestServer;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.S3Exception;

/** A primary and its standby that meet at an S3 endpoint, which is a third store: one story. */
class StandbyOnS3Test {
  @RegisterExtension static final TestServer MEETING = new TestServer();
  @RegisterExtension static final TestServer A = new TestServer();
  @RegisterExtension static final TestServer B = new TestServer("--shards", "2");

  private static final Duration PATIENCE = Duration.ofSeconds(60);

  @TempDir static Path directory;

  private static Path credentials;

  private final S3Client meeting = SdkClients.sync(MEETING.endpoint());
  private final S3Client a = SdkClients.sync(A.endpoint());
  private final S3Client b = SdkClients.sync(B.endpoint());
  private final AdminRequests adminA = new AdminRequests(A.endpoint());
  private final AdminRequests adminB = new AdminRequests(B.endpoint());

  @BeforeAll
  static void writeCredentials() throws IOException {
    credentials = SdkClients.credentialsFile(directory);
  }

  private static JsonObject place() {
    return new JsonObject()
        .put("url", "s3://standby/a?endpoint=" + MEETING.endpoint())
        .put("credentialsFile", credentials.toString());
  }

  private static void addTarget(AdminRequests admin) {
    admin.create("/targets", place().put("name", "meet"));
  }

  private static String backUp(AdminRequests admin, String kind) {
    return admin.backUp("meet", kind);
  }

  private static JsonObject status(AdminRequests admin) {
    return admin.get("/standby");
  }

  private static JsonObject awaitPosition(AdminRequests admin, String set) {
    return admin.until("/standby", "position", set);
  }

  private static boolean put(S3Client s3, String key, int seed, int length) {
    try {
      s3.putObject(r -> r.bucket("photos").key(key), RequestBody.fromBytes(random(seed, length)));
      return true;
    } catch (S3Exception refused) {
      assertThat(refused.statusCode()).isIn(403, 503);
      return false;
    }
  }

  private static Map<String, String> all(S3Client s3) {
    Map<String, String> all = new TreeMap<>();
    s3.listObjectsV2Paginator(r -> r.bucket("photos"))
        .contents()
        .forEach(
            object -> all.put(object.key(), object.eTag() + object.size() + object.lastModified()));
    return all;
  }

  @Test
  void standby_overS3_follows_takesOverByTheLease_fences_andGivesBack() {
    meeting.createBucket(r -> r.bucket("standby"));
    a.createBucket(r -> r.bucket("photos"));
    for (int i = 0; i < 20; i++) {
      put(a, "small/" + i, i, 500 + i);
    }
    put(a, "large", 50, 6 << 20);
    addTarget(adminA);
    JsonObject lease = new JsonObject().put("target", "meet").put("lease", "5s");
    adminA.send("POST", "/standby/lease", lease);
    Awaitility.await("the first look").atMost(PATIENCE).until(() -> put(a, "first", 1, 10));
    String full = backUp(adminA, "full");
    JsonObject schedule = new JsonObject().put("kind", "continuous").put("every", "1h");
    adminA.send("POST", "/targets/meet/schedules", schedule);

    adminB.send("POST", "/standby", place().put("everyMs", 200));
    awaitPosition(adminB, full);
    assertThat(all(b)).isEqualTo(all(a));
    assertThat(put(b, "mine", 1, 10)).isFalse();

    put(a, "small/3", 60, 700);
    a.deleteObject(r -> r.bucket("photos").key("small/4"));
    String incremental = backUp(adminA, "incremental");
    awaitPosition(adminB, incremental);
    put(a, "large", 61, 5 << 20);
    assertThat(awaitPosition(adminB, backUp(adminA, "full")).getLong("comparisons"))
        .as("a full backup too is gone on to by what changed")
        .isEqualTo(1);
    assertThat(all(b)).isEqualTo(all(a));

    strayFilesAreTold();
    Set<String> acknowledged = promoteWhileThePrimaryLives();
    failBack(acknowledged);
  }

  private void strayFilesAreTold() {
    String key = "a/sluice-standby-1/epochs/9.json";
    meeting.putObject(r -> r.bucket("standby").key(key), RequestBody.fromString("{}"));
    for (AdminRequests admin : List.of(adminA, adminB)) {
      JsonObject stray = status(admin).getJsonArray("strayFiles").getJsonObject(0);
      assertThat(stray.getString("strayFile")).endsWith("epochs/9.json");
      assertThat(stray.getString("why")).contains("no epoch before it");
    }
    meeting.deleteObject(r -> r.bucket("standby").key(key));
    assertThat(status(adminB).containsKey("strayFiles")).isFalse();
  }

  private Set<String> promoteWhileThePrimaryLives() {
    adminB.send("POST", "/standby/promote", new JsonObject().put("force", true));
    Set<String> acknowledged = new HashSet<>();
    for (int i = 0; !status(adminB).getString("role").equals("ordinary"); i++) {
      if (put(a, "late-" + i, i, 10)) {
        acknowledged.add("late-" + i);
      }
    }
    assertThat(put(a, "after", 1, 10)).as("the other one may acknowledge now").isFalse();
    Awaitility.await("its own lease").atMost(PATIENCE).until(() -> put(b, "first-of-b", 1, 10));
    JsonObject fenced = adminA.until("/standby", now -> now.containsKey("diverged"));
    assertThat(fenced.getString("role")).isEqualTo("fenced");
    Set<String> listed = new HashSet<>();
    fenced
        .getJsonObject("diverged")
        .getJsonArray("changes")
        .forEach(each -> listed.add(((JsonObject) each).getString("name")));
    assertThat(listed).as(fenced.encode()).containsAll(acknowledged);
    return acknowledged;
  }

  private void failBack(Set<String> acknowledged) {
    addTarget(adminB);
    String full = backUp(adminB, "full");
    adminA.send("POST", "/standby/fail-back", new JsonObject().put("everyMs", 200));
    awaitPosition(adminA, full);
    assertThat(all(a)).isEqualTo(all(b)).containsKey("first-of-b");
    assertThat(all(a).keySet()).doesNotContainAnyElementsOf(acknowledged);
    assertThat(status(adminA).fieldNames())
        .contains("lastFence", "lastDiverged")
        .doesNotContain("fence", "diverged");
    put(b, "later", 2, 20);
    awaitPosition(adminA, backUp(adminB, "incremental"));
    assertThat(all(a)).isEqualTo(all(b)).containsKey("later");
  }
}

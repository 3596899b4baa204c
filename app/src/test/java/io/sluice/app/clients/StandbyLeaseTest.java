package io.sluice.app.clients;

import static io.sluice.app.clients.SdkClients.random;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.app.TestServer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.S3Exception;
import software.amazon.awssdk.services.s3.model.S3Object;

/** A standby takes over from a primary that lives, and writes on: one story, on a directory. */
class StandbyLeaseTest {
  @RegisterExtension static final TestServer A = new TestServer();
  @RegisterExtension static final TestServer B = new TestServer("--shards", "2");

  private static final Duration PATIENCE = Duration.ofSeconds(60);

  @TempDir static Path directory;

  private final S3Client a = SdkClients.sync(A.endpoint());
  private final S3Client b = SdkClients.sync(B.endpoint());
  private final AdminRequests adminA = new AdminRequests(A.endpoint());
  private final AdminRequests adminB = new AdminRequests(B.endpoint());

  private static String url() {
    return "file://" + directory.toAbsolutePath();
  }

  private static boolean put(S3Client s3, String key) {
    try {
      s3.putObject(r -> r.bucket("photos").key(key), RequestBody.fromBytes(random(1, 100)));
      return true;
    } catch (S3Exception refused) {
      assertThat(refused.statusCode()).isIn(403, 503);
      return false;
    }
  }

  private static JsonObject status(AdminRequests admin) {
    return admin.get("/standby");
  }

  private static Set<String> keys(S3Client s3) {
    Set<String> keys = new HashSet<>();
    for (S3Object object : s3.listObjectsV2Paginator(r -> r.bucket("photos")).contents()) {
      keys.add(object.key());
    }
    return keys;
  }

  @Test
  void promoted_whileThePrimaryLives_nothingIsAcknowledgedByBoth_andWhatIsMissingIsListed()
      throws IOException {
    a.createBucket(r -> r.bucket("photos"));
    adminA.create("/targets", new JsonObject().put("name", "disk").put("url", url()));
    JsonObject schedule = new JsonObject().put("kind", "continuous");
    assertThat(adminA.exchange("POST", "/targets/disk/schedules", schedule).statusCode())
        .isEqualTo(400);
    adminA.send("POST", "/targets/disk/schedules", schedule.put("every", "1s"));
    JsonObject lease = new JsonObject().put("target", "disk").put("lease", "5s");
    adminA.send("POST", "/standby/lease", lease);
    Awaitility.await("the first look").atMost(PATIENCE).until(() -> put(a, "first"));
    assertThat(status(adminA).getJsonObject("lease").getInteger("seconds")).isEqualTo(5);
    problemOfTheLeaseIsTold();

    JsonObject follow = new JsonObject().put("url", url()).put("everyMs", 100);
    Awaitility.await("the first backup")
        .atMost(PATIENCE)
        .until(() -> adminB.exchange("POST", "/standby", follow).statusCode() == 200);
    Awaitility.await("the standby has it")
        .atMost(PATIENCE)
        .ignoreExceptions()
        .until(() -> keys(b).contains("first"));
    assertThat(put(b, "mine")).isFalse();

    adminB.send("POST", "/standby/promote", new JsonObject().put("force", true));
    List<String> acknowledged = new ArrayList<>();
    for (int i = 0; !status(adminB).getString("role").equals("ordinary"); i++) {
      if (put(a, "late-" + i)) {
        acknowledged.add("late-" + i);
      }
    }
    assertThat(put(a, "after")).as("the other one may acknowledge now").isFalse();
    assertThat(put(b, "first-of-b")).isTrue();

    JsonObject fenced = adminA.until("/standby", now -> now.containsKey("diverged"));
    assertThat(fenced.getString("role")).isEqualTo("fenced");
    JsonArray changes = fenced.getJsonObject("diverged").getJsonArray("changes");
    assertThat(changes).as(fenced.encode()).isNotNull();
    Set<String> known = keys(b);
    changes.forEach(each -> known.add(((JsonObject) each).getString("name")));
    assertThat(known).containsAll(acknowledged);
    assertThatThrownBy(() -> a.createBucket(r -> r.bucket("mine"))).isInstanceOf(S3Exception.class);
    assertThat(a.listObjectsV2(r -> r.bucket("photos--diverged-epoch-2--snap")).contents())
        .isNotEmpty();
  }

  /** As of a directory that is not mounted. */
  private void problemOfTheLeaseIsTold() throws IOException {
    Path epochs = directory.resolve("sluice-standby-1");
    Path away = directory.resolve("away");
    Files.move(epochs, away);
    String problem =
        Awaitility.await("a problem")
            .atMost(PATIENCE)
            .until(() -> leaseProblem(), told -> !told.isEmpty());
    assertThat(problem).contains("epoch 1 was in", "mounted");
    Files.move(away, epochs);
    Awaitility.await("none").atMost(PATIENCE).until(() -> leaseProblem().isEmpty());
    Awaitility.await("the right again").atMost(PATIENCE).until(() -> put(a, "first"));
  }

  private String leaseProblem() {
    return status(adminA).getJsonObject("lease").getString("problem", "");
  }
}

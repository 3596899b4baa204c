package io.sluice.app.clients;

import static io.sluice.app.clients.SdkClients.random;
import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.app.TestServer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;

/** Verifications, holds and prunes of a server's backups, through its administration API. */
class BackupRetentionTest {
  @RegisterExtension static final TestServer SERVER = new TestServer();

  private static final Duration PATIENCE = Duration.ofSeconds(60);
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
    disk = DiskTarget.add(admin, directory, "keep-last=1");
  }

  @AfterAll
  static void close() {
    s3.close();
  }

  private static JsonObject get(String path) {
    return admin.get(path);
  }

  /** Overwrites the only object, and makes a set, whose id it says. */
  private static String backUp(String kind, int seed) {
    s3.putObject(
        r -> r.bucket("photos").key("cover"), RequestBody.fromBytes(random(seed, 200_000)));
    return disk.run(kind);
  }

  /** Begins long work and waits for it. */
  private static JsonObject ended(String what, JsonObject wanted) {
    String path = "/targets/disk/" + what;
    String id = new JsonObject(admin.send("POST", path, wanted)).getString("id");
    JsonObject[] last = {NOTHING};
    Awaitility.await(what)
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(50))
        .until(
            () -> {
              last[0] = get(path);
              assertThat(last[0].getString("id")).isEqualTo(id);
              return !last[0].getString("state").equals("running");
            });
    return last[0];
  }

  private static JsonObject done(String what, JsonObject wanted) {
    JsonObject end = ended(what, wanted);
    assertThat(end.getString("state")).as(end.encode()).isEqualTo("done");
    return end.getJsonObject("result");
  }

  private static JsonObject verify() {
    return done("verification", new JsonObject().put("share", 1));
  }

  private static List<String> listed() {
    return get("/targets/disk/backups").getJsonArray("backups").stream()
        .map(each -> ((JsonObject) each).getString("id"))
        .toList();
  }

  private static List<Boolean> held() {
    return get("/backups").getJsonArray("backups").stream()
        .map(each -> ((JsonObject) each).getBoolean("hold"))
        .toList();
  }

  private static List<Path> packs() throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      return files.filter(file -> file.toString().endsWith(".pack")).toList();
    }
  }

  @Test
  void prune_removesWhatNoRuleKeeps_andVerifyFindsTheRestWhole() throws IOException {
    String held = backUp("full", 1);
    String old = backUp("full", 2);
    String base = backUp("full", 3);
    String last = backUp("incremental", 4);
    admin.send("PUT", "/targets/disk/backups/" + held + "/hold", NOTHING);

    assertThat(held()).containsExactly(true, false, false, false);
    JsonObject would = done("prune", new JsonObject().put("dryRun", true));
    assertThat(would.getInteger("sets")).isEqualTo(1);
    assertThat(would.getInteger("packs")).isEqualTo(1);
    assertThat(listed()).hasSize(4);

    JsonObject pruned = done("prune", NOTHING);
    assertThat(pruned.getLong("bytes")).isEqualTo(would.getLong("bytes")).isGreaterThan(200_000);
    assertThat(pruned.getLong("refusedCount")).isZero();
    assertThat(pruned.getJsonArray("backups").getJsonObject(1).getJsonArray("reasons"))
        .as("why the full one stays")
        .contains("needed by " + last, "the next backup to disk may build on it");
    assertThat(listed()).containsExactly(held, base, last).doesNotContain(old);
    assertThat(packs()).hasSize(3);
    JsonObject verified = verify();
    assertThat(verified.getBoolean("good")).as(verified.encode()).isTrue();
    assertThat(verified.getInteger("sets")).isEqualTo(3);

    admin.send("DELETE", "/targets/disk/backups/" + held + "/hold", NOTHING);
    assertThat(done("prune", NOTHING).getInteger("sets")).isEqualTo(1);
    backUp("incremental", 5);
    assertThat(listed()).hasSize(3);
    assertThat(verify().getBoolean("good")).isTrue();

    JsonObject sample = done("verification", new JsonObject().put("share", 0.25));
    assertThat(sample.getDouble("share")).isEqualTo(0.25);
    JsonObject verifiedLast =
        get("/recovery/status")
            .getJsonArray("targets")
            .getJsonObject(0)
            .getJsonObject("lastVerified");
    assertThat(verifiedLast.getBoolean("everyChunk")).isFalse();
    assertThat(verifiedLast.getDouble("share")).isEqualTo(0.25);

    Files.write(packs().get(0), new byte[100]);
    JsonObject damaged = verify();
    assertThat(damaged.getBoolean("good")).isFalse();
    JsonObject problem = damaged.getJsonArray("problems").getJsonObject(0);
    assertThat(problem.getString("file")).endsWith(".pack");
    assertThat(problem.getJsonArray("objects")).containsExactly("photos/cover");
    JsonObject missing =
        ended("verification", new JsonObject().put("backup", "20200101T000000.000Z-00000000"));
    assertThat(missing.getString("message")).contains("20200101T000000.000Z-00000000");
  }

  @Test
  void clusters_ofOthersAreShown_withoutTheirKey(@TempDir Path shared) throws IOException {
    String other = "11111111-2222-4333-8444-555555555555";
    for (String id :
        List.of("20261101T100000.000Z-00000001/rows-0", "20261102T100000.000Z-00000002/set.json")) {
      Path file = shared.resolve("sluice-backup-1/" + other + "/sets/" + id);
      Files.createDirectories(file.getParent());
      Files.writeString(file, "sealed");
    }
    admin.send(
        "POST",
        "/targets",
        new JsonObject().put("name", "shared").put("url", "file://" + shared.toAbsolutePath()));
    JsonObject expected =
        new JsonObject()
            .put("clusterId", other)
            .put("own", false)
            .put("backups", 1)
            .put("newest", "2026-11-02T10:00:00Z");
    assertThat(get("/targets/shared/clusters").getJsonArray("clusters")).containsExactly(expected);
    assertThat(get("/targets/shared/backups").getJsonArray("others"))
        .containsExactly(expected.copy().put("target", "shared"));
    admin.send("DELETE", "/targets/shared", NOTHING);
  }

  @Test
  void retention_notUnderstood_isRefused() {
    JsonObject rules = new JsonObject().put("retention", new JsonArray().add("keep-some=1"));
    assertThat(admin.exchange("PUT", "/targets/disk/retention", rules).statusCode()).isEqualTo(400);
    assertThat(get("/targets/disk").getJsonArray("retention")).containsExactly("keep-last=1");
    assertThat(
            admin
                .exchange(
                    "PUT", "/targets/disk/backups/20200101T000000.000Z-00000000/hold", NOTHING)
                .statusCode())
        .isEqualTo(404);
  }
}

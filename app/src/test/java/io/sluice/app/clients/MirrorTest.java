package io.sluice.app.clients;

import static io.sluice.app.clients.SdkClients.put;
import static io.sluice.app.clients.SdkClients.random;
import static io.sluice.app.clients.SdkClients.text;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.app.TestServer;
import io.sluice.s3.auth.Digests;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;

/** Buckets of one Sluice, kept equal at another one. Every test has buckets of its own. */
class MirrorTest {
  @RegisterExtension static final TestServer HERE = new TestServer();
  @RegisterExtension static final TestServer THERE = new TestServer();

  private static final JsonObject NOTHING = new JsonObject();

  @TempDir static Path directory;

  private static Path credentials;

  private final S3Client here = SdkClients.sync(HERE.endpoint());
  private final S3Client there = SdkClients.sync(THERE.endpoint());

  @BeforeAll
  static void writeCredentials() throws IOException {
    credentials = SdkClients.credentialsFile(directory);
  }

  @AfterEach
  void close() {
    here.close();
    there.close();
  }

  private static AdminRequests admin(TestServer server) {
    return new AdminRequests(server.endpoint());
  }

  private static JsonObject wanted(String bucket, TestServer to, String more) {
    return new JsonObject()
        .put("bucket", bucket)
        .put("url", "s3://" + bucket + more + "?part-size=5&endpoint=" + to.endpoint())
        .put("credentialsFile", credentials.toString());
  }

  private static void add(TestServer from, JsonObject wanted) {
    admin(from).create("/mirrors", wanted);
  }

  private void buckets(String name) {
    here.createBucket(r -> r.bucket(name));
    there.createBucket(r -> r.bucket(name));
  }

  private List<String> keys(String bucket) {
    return SdkClients.keys(there, bucket);
  }

  private static JsonObject status(TestServer of, String name) {
    return admin(of).get("/mirrors/" + name);
  }

  private static JsonObject until(TestServer of, String name, Predicate<JsonObject> condition) {
    return admin(of).until("/mirrors/" + name, condition);
  }

  /** Waits until it looked at everything that was written before now. */
  private static JsonObject untilItIsThere(TestServer of, String name) {
    Instant now = Clock.systemUTC().instant();
    return until(
        of,
        name,
        mirror ->
            mirror.containsKey("position")
                && Instant.parse(mirror.getJsonObject("position").getString("at")).isAfter(now));
  }

  @Test
  void mirror_whatWasThereAndWhatComes_isThereAsPlainObjects() {
    buckets("photos");
    here.putObject(
        r ->
            r.bucket("photos")
                .key("a b/ü")
                .contentType("text/plain")
                .metadata(Map.of("colour", "green")),
        RequestBody.fromString("first"));
    here.putObject(
        r -> r.bucket("photos").key("large"), RequestBody.fromBytes(random(1, 12 << 20)));
    put(here, "photos", "goes", "soon");
    add(HERE, wanted("photos", THERE, "/in"));
    untilItIsThere(HERE, "photos");
    assertThat(keys("photos")).containsExactly("in/a b/ü", "in/goes", "in/large");
    var first = there.headObject(r -> r.bucket("photos").key("in/a b/ü"));
    assertThat(first.contentType()).isEqualTo("text/plain");
    assertThat(first.metadata()).containsEntry("colour", "green");
    assertThat(there.getObjectAsBytes(r -> r.bucket("photos").key("in/large")).asByteArray())
        .isEqualTo(random(1, 12 << 20));

    here.deleteObject(r -> r.bucket("photos").key("goes"));
    put(here, "photos", "a b/ü", "second");
    put(here, "photos", "new", "third");
    JsonObject done = untilItIsThere(HERE, "photos");
    assertThat(keys("photos")).containsExactly("in/a b/ü", "in/large", "in/new");
    assertThat(text(there, "photos", "in/a b/ü")).isEqualTo("second");
    assertThat(done.getString("state")).isEqualTo("following");
    assertThat(done.getLong("comparisons")).isOne();
    assertThat(done.getLong("objects")).isEqualTo(5);
    assertThat(done.getLong("deletes")).isOne();
    assertThat(done.getDouble("lagSeconds")).isLessThan(30);
    assertThat(done.containsKey("lastError")).isFalse();
  }

  @Test
  void mirror_oneObjectThatIsRefused_holdsThePositionAndNotTheOthers() {
    buckets("refused");
    String tooLongThere = "k".repeat(1_020);
    add(HERE, wanted("refused", THERE, "/below-a-prefix"));
    untilItIsThere(HERE, "refused");
    put(here, "refused", tooLongThere, "x");
    put(here, "refused", "z", "y");
    JsonObject held =
        until(
            HERE,
            "refused",
            mirror ->
                mirror.getJsonArray("failing").size() == 1
                    && keys("refused").contains("below-a-prefix/z"));
    assertThat(held.getString("state")).isEqualTo("failing");
    assertThat(held.getJsonArray("failing").getJsonObject(0).getString("key"))
        .isEqualTo(tooLongThere);
    assertThat(held.getString("lastError")).contains("KeyTooLong");
    JsonObject position = held.getJsonObject("position");
    put(here, "refused", "later", "y");
    JsonObject after =
        until(HERE, "refused", mirror -> keys("refused").contains("below-a-prefix/later"));
    assertThat(after.getJsonObject("position").encode()).isEqualTo(position.encode());

    here.deleteObject(r -> r.bucket("refused").key(tooLongThere));
    JsonObject freed = untilItIsThere(HERE, "refused");
    assertThat(freed.getJsonArray("failing")).isEmpty();
  }

  @Test
  void mirror_bothWays_sendsNothingForEver() {
    buckets("both");
    put(here, "both", "from-here", "1");
    add(HERE, wanted("both", THERE, ""));
    untilItIsThere(HERE, "both");
    add(THERE, wanted("both", HERE, "").put("overwrite", true));
    untilItIsThere(THERE, "both");
    put(there, "both", "from-there", "2");
    put(here, "both", "from-here", "3");
    untilItIsThere(HERE, "both");
    untilItIsThere(THERE, "both");
    JsonObject sentHere = untilItIsThere(HERE, "both");
    JsonObject sentThere = status(THERE, "both");
    assertThat(text(here, "both", "from-there")).isEqualTo("2");
    assertThat(text(there, "both", "from-here")).isEqualTo("3");
    assertThat(sentHere.getLong("objects")).isEqualTo(2);
    assertThat(sentThere.getLong("objects")).isOne();
    assertThat(sentThere.getLong("replicas")).isPositive();
  }

  @Test
  void mirror_deleteDelay_keepsWhatWasDeletedForAWhile() {
    buckets("delayed");
    put(here, "delayed", "goes", "1");
    put(here, "delayed", "comes-back", "1");
    add(HERE, wanted("delayed", THERE, "").put("deleteDelaySeconds", 10));
    untilItIsThere(HERE, "delayed");
    here.deleteObject(r -> r.bucket("delayed").key("goes"));
    here.deleteObject(r -> r.bucket("delayed").key("comes-back"));
    put(here, "delayed", "comes-back", "2");
    put(here, "delayed", "other", "1");
    until(HERE, "delayed", mirror -> keys("delayed").contains("other"));
    assertThat(keys("delayed")).contains("goes");
    until(HERE, "delayed", mirror -> !keys("delayed").contains("goes"));
    assertThat(keys("delayed")).containsExactly("comes-back", "other");
    assertThat(text(there, "delayed", "comes-back")).isEqualTo("2");
  }

  private static HttpResponse<String> addTo(String bucket, String url) {
    return admin(HERE)
        .exchange(
            "POST",
            "/mirrors",
            new JsonObject().put("bucket", bucket).put("name", "other").put("url", url));
  }

  @Test
  void mirror_toADirectory_isThereAsFiles() throws Exception {
    here.createBucket(r -> r.bucket("filed"));
    Path to = Files.createDirectory(directory.resolve("filed"));
    byte[] large = random(2, 12 << 20);
    here.putObject(
        r -> r.bucket("filed").key("a/large").contentType("image/png").metadata(Map.of("x", "y")),
        RequestBody.fromBytes(large));
    put(here, "filed", "goes", "soon");
    // As another mirror stores it: nothing comes back from a directory.
    String origin = "c/1/1.1/14/" + Digests.sha256Hex("replica".getBytes(UTF_8)).substring(0, 16);
    here.putObject(
        r -> r.bucket("filed").key("replica").metadata(Map.of("sluice-origin", origin)),
        RequestBody.fromString("from elsewhere"));
    add(HERE, new JsonObject().put("bucket", "filed").put("url", "file://" + to));
    untilItIsThere(HERE, "filed");
    assertThat(to.resolve("filed/a/large")).hasBinaryContent(large);
    assertThat(to.resolve("filed/goes")).hasContent("soon");
    assertThat(to.resolve("filed/replica")).hasContent("from elsewhere");

    here.deleteObject(r -> r.bucket("filed").key("goes"));
    put(here, "filed", "a", "is a file too");
    JsonObject done = untilItIsThere(HERE, "filed");
    assertThat(done.getString("state")).isEqualTo("following");
    assertThat(to.resolve("filed/goes")).doesNotExist();
    assertThat(to.resolve("filed/a")).hasContent("is a file too");
    assertThat(to.resolve("filed/a%2F/large")).hasBinaryContent(large);
    admin(HERE).send("DELETE", "/mirrors/filed", NOTHING);
  }

  @Test
  void add_whatCantBe_changesNothing() {
    buckets("careful");
    put(there, "careful", "mine", "1");
    add(HERE, wanted("careful", THERE, "/empty"));
    HttpResponse<String> again =
        admin(HERE).exchange("POST", "/mirrors", wanted("careful", THERE, "/empty-too"));
    assertThat(again.statusCode()).isEqualTo(409);
    HttpResponse<String> full =
        admin(HERE).exchange("POST", "/mirrors", wanted("careful", THERE, "").put("name", "other"));
    assertThat(full.statusCode()).isEqualTo(409);
    assertThat(full.body()).contains("is not empty, and nothing was changed");
    HttpResponse<String> gone =
        admin(HERE).exchange("POST", "/mirrors", wanted("no-such-bucket", THERE, ""));
    assertThat(gone.statusCode()).isEqualTo(404);
    assertThat(addTo("careful", "ftp://x").statusCode()).isEqualTo(400);
    assertThat(addTo("careful", "s3://there?colour=blue").statusCode()).isEqualTo(400);
    HttpResponse<String> file = addTo("careful", "file:///no-such-directory");
    assertThat(file.statusCode()).isEqualTo(409);
    assertThat(file.body()).contains("/no-such-directory is not a directory that is there");
    admin(HERE).send("DELETE", "/mirrors/careful", NOTHING);
    assertThat(admin(HERE).exchange("GET", "/mirrors/careful", NOTHING).statusCode())
        .isEqualTo(404);
    assertThat(text(there, "careful", "mine")).isEqualTo("1");
  }
}

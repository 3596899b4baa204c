package io.sluice.app.clients;

import static io.sluice.app.clients.SdkClients.keys;
import static io.sluice.app.clients.SdkClients.put;
import static io.sluice.app.clients.SdkClients.random;
import static io.sluice.app.clients.SdkClients.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.app.TestServer;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.DeleteMarkerReplicationStatus;
import software.amazon.awssdk.services.s3.model.ExistingObjectReplicationStatus;
import software.amazon.awssdk.services.s3.model.ReplicationConfiguration;
import software.amazon.awssdk.services.s3.model.ReplicationRule;
import software.amazon.awssdk.services.s3.model.ReplicationRuleStatus;
import software.amazon.awssdk.services.s3.model.ReplicationStatus;
import software.amazon.awssdk.services.s3.model.S3Exception;

/**
 * Bucket replication as the owner of a bucket sets it, from one Sluice to another. Every test has
 * buckets of its own.
 */
class ReplicationTest {
  @RegisterExtension static final TestServer HERE = new TestServer();
  @RegisterExtension static final TestServer THERE = new TestServer();

  private static final Duration PATIENCE = Duration.ofSeconds(60);
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

  /** Registers a place of the same name, at the other server, for a bucket's rules. */
  private static void register(TestServer from, String bucket, TestServer to) {
    register(from, bucket, to, "");
  }

  private static void register(TestServer from, String bucket, TestServer to, String below) {
    admin(from)
        .create(
            "/mirrors",
            new JsonObject()
                .put("bucket", bucket)
                .put("url", "s3://" + bucket + below + "?part-size=5&endpoint=" + to.endpoint())
                .put("credentialsFile", credentials.toString())
                .put("overwrite", true)
                .put("replication", true));
  }

  private void buckets(String name) {
    here.createBucket(r -> r.bucket(name));
    there.createBucket(r -> r.bucket(name));
    register(HERE, name, THERE);
  }

  private static ReplicationRule rule(
      String bucket, String id, String prefix, Consumer<ReplicationRule.Builder> more) {
    ReplicationRule.Builder rule =
        ReplicationRule.builder()
            .id(id)
            .priority(Math.abs(id.hashCode() % 1000))
            .status(ReplicationRuleStatus.ENABLED)
            .filter(f -> f.prefix(prefix))
            .deleteMarkerReplication(d -> d.status(DeleteMarkerReplicationStatus.DISABLED))
            .destination(d -> d.bucket("arn:sluice:replication::" + bucket + ":" + bucket));
    more.accept(rule);
    return rule.build();
  }

  private static void withDeletions(ReplicationRule.Builder rule) {
    rule.deleteMarkerReplication(d -> d.status(DeleteMarkerReplicationStatus.ENABLED));
  }

  private static ReplicationConfiguration replicate(
      S3Client s3, String bucket, ReplicationRule... rules) {
    ReplicationConfiguration configuration =
        ReplicationConfiguration.builder()
            .role("arn:aws:iam::123456789012:role/r")
            .rules(rules)
            .build();
    s3.putBucketReplication(r -> r.bucket(bucket).replicationConfiguration(configuration));
    return configuration;
  }

  private static ReplicationStatus status(S3Client s3, String bucket, String key) {
    ReplicationStatus said = s3.headObject(r -> r.bucket(bucket).key(key)).replicationStatus();
    if (said != ReplicationStatus.PENDING) { // it may be sent meanwhile
      assertThat(s3.getObjectAsBytes(r -> r.bucket(bucket).key(key)).response().replicationStatus())
          .isEqualTo(said);
    }
    return said;
  }

  private static <T> void until(Supplier<T> asked, T expected) {
    Awaitility.await()
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(100))
        .untilAsserted(() -> assertThat(asked.get()).isEqualTo(expected));
  }

  private static void untilCompleted(S3Client s3, String bucket, String key) {
    until(() -> status(s3, bucket, key), ReplicationStatus.COMPLETED);
  }

  private static JsonObject mirror(TestServer of, String name) {
    return admin(of).get("/mirrors/" + name);
  }

  private static void assertRefused(ThrowingCallable call, int status, String code) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            S3Exception.class,
            refused -> {
              assertThat(refused.awsErrorDetails().errorCode()).isEqualTo(code);
              assertThat(refused.statusCode()).isEqualTo(status);
            });
  }

  @Test
  void rule_withPrefix_sendsWhatIsWrittenSinceAndSaysSo() {
    buckets("plain");
    put(here, "plain", "docs/before", "0");
    ReplicationConfiguration set =
        replicate(here, "plain", rule("plain", "docs", "docs/", r -> {}));
    assertThat(here.getBucketReplication(r -> r.bucket("plain")).replicationConfiguration())
        .isEqualTo(set);

    put(here, "plain", "docs/a", "1");
    put(here, "plain", "other", "1");
    here.putObject(
        r -> r.bucket("plain").key("docs/large"), RequestBody.fromBytes(random(1, 12 << 20)));
    untilCompleted(here, "plain", "docs/a");
    untilCompleted(here, "plain", "docs/large");
    assertThat(keys(there, "plain")).containsExactly("docs/a", "docs/large");
    assertThat(text(there, "plain", "docs/a")).isEqualTo("1");
    assertThat(status(there, "plain", "docs/a")).isEqualTo(ReplicationStatus.REPLICA);
    assertThat(status(here, "plain", "docs/before")).as("no rule is about it").isNull();
    assertThat(status(here, "plain", "other")).isNull();

    here.deleteObject(r -> r.bucket("plain").key("docs/a"));
    put(here, "plain", "docs/b", "2");
    untilCompleted(here, "plain", "docs/b");
    assertThat(keys(there, "plain")).as("deletions stay here").contains("docs/a");
    JsonObject mirror = mirror(HERE, "plain");
    assertThat(mirror.getString("kind")).isEqualTo("replication");
    assertThat(mirror.getString("arn")).isEqualTo("arn:sluice:replication::plain:plain");
    assertThat(mirror.getLong("objects")).isEqualTo(3);
    assertThat(mirror.getLong("comparisons")).isZero();
  }

  @Test
  void delete_thenNothingIsSentAnyMore() {
    buckets("ended");
    replicate(here, "ended", rule("ended", "all", "", r -> {}));
    put(here, "ended", "a", "1");
    untilCompleted(here, "ended", "a");
    assertThat(admin(HERE).exchange("DELETE", "/mirrors/ended", NOTHING).statusCode())
        .as("a rule names it")
        .isEqualTo(409);
    here.deleteBucketReplication(r -> r.bucket("ended"));
    assertRefused(
        () -> here.getBucketReplication(r -> r.bucket("ended")),
        404,
        "ReplicationConfigurationNotFoundError");
    until(() -> mirror(HERE, "ended").getString("state"), "idle"); // what ran has heard of it
    put(here, "ended", "b", "1");
    assertThat(status(here, "ended", "a")).isNull();
    replicate(here, "ended", rule("ended", "again", "", r -> {}));
    put(here, "ended", "c", "1");
    untilCompleted(here, "ended", "c");
    assertThat(keys(there, "ended")).containsExactly("a", "c");
    here.deleteBucketReplication(r -> r.bucket("ended"));
    admin(HERE).send("DELETE", "/mirrors/ended", NOTHING);
  }

  @Test
  void rules_severalOfThem_doEachItsOwn() {
    buckets("several");
    put(here, "several", "old/1", "0");
    put(here, "several", "new/1", "0");
    replicate(
        here,
        "several",
        rule("several", "new", "new/", r -> {}),
        rule(
            "several",
            "old",
            "old/",
            r -> {
              withDeletions(r);
              r.existingObjectReplication(e -> e.status(ExistingObjectReplicationStatus.ENABLED));
            }));
    put(here, "several", "new/2", "1");
    untilCompleted(here, "several", "old/1");
    untilCompleted(here, "several", "new/2");
    assertThat(keys(there, "several")).containsExactly("new/2", "old/1");

    here.deleteObject(r -> r.bucket("several").key("old/1"));
    here.deleteObject(r -> r.bucket("several").key("new/2"));
    until(() -> keys(there, "several"), List.of("new/2"));

    put(here, "several", "late/1", "1");
    replicate(
        here,
        "several",
        rule("several", "new", "new/", r -> {}),
        rule("several", "late", "late/", r -> {}));
    put(here, "several", "late/2", "1");
    put(here, "several", "old/2", "1");
    put(here, "several", "new/3", "1");
    untilCompleted(here, "several", "late/2");
    untilCompleted(here, "several", "new/3");
    assertThat(keys(there, "several")).containsExactly("late/2", "new/2", "new/3");
  }

  @Test
  void bothWays_eachSideHasTheOthers_andNothingGoesRound() {
    there.createBucket(r -> r.bucket("both"));
    here.createBucket(r -> r.bucket("both"));
    register(HERE, "both", THERE);
    register(THERE, "both", HERE);
    replicate(here, "both", rule("both", "all", "", ReplicationTest::withDeletions));
    replicate(there, "both", rule("both", "all", "", ReplicationTest::withDeletions));
    put(here, "both", "from-here", "1");
    put(there, "both", "from-there", "2");
    untilCompleted(here, "both", "from-here");
    untilCompleted(there, "both", "from-there");
    assertThat(status(there, "both", "from-here")).isEqualTo(ReplicationStatus.REPLICA);
    assertThat(status(here, "both", "from-there")).isEqualTo(ReplicationStatus.REPLICA);

    put(there, "both", "from-here", "3");
    untilCompleted(there, "both", "from-here");
    assertThat(text(here, "both", "from-here")).isEqualTo("3");
    assertThat(status(here, "both", "from-here")).isEqualTo(ReplicationStatus.REPLICA);

    there.deleteObject(r -> r.bucket("both").key("from-there"));
    until(() -> keys(here, "both"), List.of("from-here"));
    put(there, "both", "from-there", "4");
    untilCompleted(there, "both", "from-there");
    // What came last from either side was read by both mirrors by now.
    put(here, "both", "last", "5");
    untilCompleted(here, "both", "last");
    put(there, "both", "last-there", "6");
    untilCompleted(there, "both", "last-there");
    assertThat(text(here, "both", "from-there")).as("not deleted again").isEqualTo("4");
    assertThat(keys(here, "both")).isEqualTo(keys(there, "both"));
    assertThat(mirror(HERE, "both").getLong("objects")).isEqualTo(2);
    assertThat(mirror(THERE, "both").getLong("objects")).isEqualTo(4);
  }

  @Test
  void oneObjectThatIsRefused_isFailed_andTheOthersAreNot() {
    here.createBucket(r -> r.bucket("refused"));
    there.createBucket(r -> r.bucket("refused"));
    register(HERE, "refused", THERE, "/below");
    replicate(here, "refused", rule("refused", "all", "", r -> {}));
    String tooLongThere = "k".repeat(1_022);
    put(here, "refused", tooLongThere, "x");
    put(here, "refused", "z", "y");
    until(() -> status(here, "refused", tooLongThere), ReplicationStatus.FAILED);
    untilCompleted(here, "refused", "z");
    assertThat(keys(there, "refused")).containsExactly("below/z");
  }

  @Test
  void configuration_thatCantBe_isRefusedAndChangesNothing() {
    buckets("careful");
    assertRefused(
        () ->
            replicate(
                here,
                "careful",
                rule("careful", "a", "", r -> r.destination(d -> d.bucket("arn:aws:s3:::nobody")))),
        400,
        "InvalidArgument");
    assertRefused(
        () ->
            replicate(
                here,
                "careful",
                rule("careful", "a", "", r -> r.filter(f -> f.tag(t -> t.key("k").value("v"))))),
        501,
        "NotImplemented");
    assertRefused(
        () -> here.getBucketReplication(r -> r.bucket("careful")),
        404,
        "ReplicationConfigurationNotFoundError");
    // An endpoint is that of one bucket: the owner of another can't have it used.
    here.createBucket(r -> r.bucket("other"));
    assertRefused(
        () -> replicate(here, "other", rule("careful", "a", "", r -> {})), 400, "InvalidArgument");
    ReplicationConfiguration set =
        replicate(
            here,
            "careful",
            rule("careful", "a", "", r -> r.destination(d -> d.bucket("arn:aws:s3:::careful"))));
    assertThat(here.getBucketReplication(r -> r.bucket("careful")).replicationConfiguration())
        .as("AWS's form does where it is plain")
        .isEqualTo(set);
  }

  @Test
  void configuration_ofAnotherAccountsBucket_isDenied() {
    buckets("mine");
    admin(HERE)
        .send(
            "POST",
            "/accounts",
            new JsonObject()
                .put("name", "eve")
                .put("accessKey", "EVEACCESSKEY00000000")
                .put("secretKey", "eve-secret-key-000000000000000000"));
    try (S3Client eve =
        SdkClients.sync(
            HERE.endpoint(),
            StaticCredentialsProvider.create(
                AwsBasicCredentials.create(
                    "EVEACCESSKEY00000000", "eve-secret-key-000000000000000000")))) {
      assertRefused(
          () -> replicate(eve, "mine", rule("mine", "a", "", r -> {})), 403, "AccessDenied");
      assertRefused(() -> eve.getBucketReplication(r -> r.bucket("mine")), 403, "AccessDenied");
      assertRefused(() -> eve.deleteBucketReplication(r -> r.bucket("mine")), 403, "AccessDenied");
    }
  }
}

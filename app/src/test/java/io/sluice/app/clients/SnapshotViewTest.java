package io.sluice.app.clients;

import static io.sluice.app.clients.SdkClients.random;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.app.TestServer;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.Bucket;
import software.amazon.awssdk.services.s3.model.CommonPrefix;
import software.amazon.awssdk.services.s3.model.CompletedPart;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Response;
import software.amazon.awssdk.services.s3.model.NoSuchBucketException;
import software.amazon.awssdk.services.s3.model.NoSuchKeyException;
import software.amazon.awssdk.services.s3.model.ObjectAttributes;
import software.amazon.awssdk.services.s3.model.ObjectIdentifier;
import software.amazon.awssdk.services.s3.model.ObjectVersion;
import software.amazon.awssdk.services.s3.model.S3Exception;
import software.amazon.awssdk.services.s3.model.S3Object;

/** A snapshot read as a bucket, after everything in the bucket was replaced or deleted. */
class SnapshotViewTest {
  @RegisterExtension
  static final TestServer SERVER = new TestServer("--gc-interval", "1s", "--gc-grace", "5s");

  private static final String BUCKET = "photos";
  private static final String VIEW = "photos--before--snap";
  private static final int PART = 5 << 20;
  private static final String INLINE = "a/inline";
  private static final String CHUNKED = "a/chunked";
  private static final String PARTS = "b/parts";
  private static final Map<String, byte[]> THEN =
      new TreeMap<>(
          Map.of(
              INLINE,
              random(1, 1_000),
              CHUNKED,
              random(2, 9 << 20),
              PARTS,
              random(3, 2 * PART + 777),
              "a/x/deep",
              random(4, 10),
              "c",
              random(5, 300_000)));

  private static S3Client s3;
  private static AdminRequests admin;

  @BeforeAll
  static void snapshotThenReplaceAndDelete() {
    s3 = SdkClients.sync(SERVER.endpoint());
    admin = new AdminRequests(SERVER.endpoint());
    s3.createBucket(r -> r.bucket(BUCKET));
    THEN.forEach(
        (key, content) -> {
          if (key.equals(PARTS)) {
            SdkClients.putInParts(
                s3, BUCKET, PARTS, content, PART, r -> r.metadata(Map.of("of", "then")));
          } else {
            s3.putObject(
                r -> r.bucket(BUCKET).key(key).metadata(Map.of("of", "then")),
                RequestBody.fromBytes(content));
          }
        });
    makeSnapshot("before");
    s3.putObject(r -> r.bucket(BUCKET).key(INLINE), RequestBody.fromBytes(random(6, 999)));
    s3.putObject(r -> r.bucket(BUCKET).key(CHUNKED), RequestBody.fromBytes(random(7, 400_000)));
    s3.deleteObject(r -> r.bucket(BUCKET).key(PARTS));
    s3.deleteObject(r -> r.bucket(BUCKET).key("a/x/deep"));
    s3.deleteObject(r -> r.bucket(BUCKET).key("c"));
    s3.putObject(r -> r.bucket(BUCKET).key("a/new"), RequestBody.fromString("new"));
  }

  @AfterAll
  static void close() {
    s3.close();
  }

  /** A node that just started may not have agreed on the newest format yet. */
  private static void makeSnapshot(String name) {
    JsonObject snapshot = new JsonObject().put("name", name);
    Awaitility.await("snapshot " + name)
        .atMost(Duration.ofSeconds(60))
        .pollInterval(Duration.ofMillis(200))
        .until(() -> admin.exchange("POST", "/snapshots", snapshot).statusCode() == 201);
  }

  private static CompletedPart part(int number, String etag) {
    return CompletedPart.builder().partNumber(number).eTag(etag).build();
  }

  private static ObjectIdentifier key(String key) {
    return ObjectIdentifier.builder().key(key).build();
  }

  private static byte[] read(String bucket, String key) {
    return s3.getObjectAsBytes(r -> r.bucket(bucket).key(key)).asByteArray();
  }

  @Test
  void getObject_everyKindThatWasReplacedOrDeleted_isByteEqual() {
    THEN.forEach(
        (key, content) -> {
          var got = s3.getObjectAsBytes(r -> r.bucket(VIEW).key(key));
          assertThat(got.asByteArray()).as(key).isEqualTo(content);
          assertThat(got.response().metadata()).containsEntry("of", "then");
        });
    assertThatThrownBy(() -> read(VIEW, "a/new")).isInstanceOf(NoSuchKeyException.class);
    assertThat(read(BUCKET, INLINE)).isEqualTo(random(6, 999));
    assertThatThrownBy(() -> read(BUCKET, PARTS)).isInstanceOf(NoSuchKeyException.class);
  }

  @Test
  void getObject_rangesConditionsAndParts_areAsOfTheObject() {
    byte[] content = THEN.get(PARTS);
    var range =
        s3.getObjectAsBytes(
            r -> r.bucket(VIEW).key(PARTS).range("bytes=" + (PART - 10) + "-" + (PART + 9)));
    assertThat(range.asByteArray()).isEqualTo(Arrays.copyOfRange(content, PART - 10, PART + 10));
    GetObjectResponse third =
        s3.getObjectAsBytes(r -> r.bucket(VIEW).key(PARTS).partNumber(3)).response();
    assertThat(third.contentLength()).isEqualTo(777);
    assertThat(third.partsCount()).isEqualTo(3);
    HeadObjectResponse head = s3.headObject(r -> r.bucket(VIEW).key(CHUNKED));
    assertThat(head.contentLength()).isEqualTo(9 << 20);
    assertStatus(412, () -> s3.headObject(r -> r.bucket(VIEW).key(CHUNKED).ifMatch("\"no\"")));
    assertStatus(
        304, () -> s3.getObject(r -> r.bucket(VIEW).key(CHUNKED).ifNoneMatch(head.eTag())));
    assertThat(
            s3.getObjectAttributes(
                    r ->
                        r.bucket(VIEW)
                            .key(PARTS)
                            .objectAttributes(
                                ObjectAttributes.OBJECT_SIZE, ObjectAttributes.OBJECT_PARTS))
                .objectParts()
                .totalPartsCount())
        .isEqualTo(3);
    assertThat(s3.getObjectTagging(r -> r.bucket(VIEW).key(INLINE)).tagSet()).isEmpty();
  }

  @Test
  void listings_prefixesDelimitersAndPages_areOfThen() {
    assertThat(
            s3.listObjectsV2Paginator(r -> r.bucket(VIEW).maxKeys(2)).contents().stream()
                .map(S3Object::key))
        .containsExactlyElementsOf(THEN.keySet());
    ListObjectsV2Response top = s3.listObjectsV2(r -> r.bucket(VIEW).delimiter("/"));
    assertThat(top.commonPrefixes()).extracting(CommonPrefix::prefix).containsExactly("a/", "b/");
    assertThat(top.contents()).extracting(S3Object::key).containsExactly("c");
    ListObjectsV2Response below = s3.listObjectsV2(r -> r.bucket(VIEW).delimiter("/").prefix("a/"));
    assertThat(below.commonPrefixes()).extracting(CommonPrefix::prefix).containsExactly("a/x/");
    assertThat(below.contents())
        .extracting(S3Object::size)
        .containsExactly((long) (9 << 20), 1_000L);
    assertThat(s3.listObjects(r -> r.bucket(VIEW).prefix("b/")).contents())
        .extracting(S3Object::key)
        .containsExactly(PARTS);
    assertThat(s3.listObjectVersions(r -> r.bucket(VIEW)).versions())
        .extracting(ObjectVersion::key)
        .containsExactlyElementsOf(THEN.keySet());
    assertThat(s3.listMultipartUploads(r -> r.bucket(VIEW)).uploads()).isEmpty();
    assertThat(s3.listBuckets().buckets()).extracting(Bucket::name).doesNotContain(VIEW);
    s3.headBucket(r -> r.bucket(VIEW));
  }

  @Test
  void writes_areRefusedAndChangeNothing() {
    RequestBody body = RequestBody.fromString("x");
    assertReadOnly(() -> s3.putObject(r -> r.bucket(VIEW).key(INLINE), body));
    assertReadOnly(() -> s3.deleteObject(r -> r.bucket(VIEW).key(INLINE)));
    assertReadOnly(() -> s3.deleteObjects(r -> r.bucket(VIEW).delete(d -> d.objects(key(INLINE)))));
    assertReadOnly(() -> s3.createMultipartUpload(r -> r.bucket(VIEW).key(INLINE)));
    assertReadOnly(
        () ->
            s3.copyObject(
                r ->
                    r.sourceBucket(BUCKET)
                        .sourceKey(INLINE)
                        .destinationBucket(VIEW)
                        .destinationKey("c")));
    assertReadOnly(() -> s3.deleteBucket(r -> r.bucket(VIEW)));
    assertThatThrownBy(() -> s3.createBucket(r -> r.bucket("photos--mine--snap")))
        .isInstanceOfSatisfying(
            S3Exception.class,
            e -> assertThat(e.awsErrorDetails().errorCode()).isEqualTo("InvalidBucketName"));
    assertThat(read(VIEW, INLINE)).isEqualTo(THEN.get(INLINE));
  }

  @Test
  void copyObject_fromTheSnapshot_bringsItBackInEveryShard() {
    // Four buckets: more than one shard of the four, and the source's among them.
    List<String> targets = List.of(BUCKET, "copies-1", "copies-2", "copies-3");
    for (String target : targets) {
      if (!target.equals(BUCKET)) {
        s3.createBucket(r -> r.bucket(target));
      }
      for (String key : List.of(INLINE, CHUNKED, PARTS)) {
        s3.copyObject(
            r ->
                r.sourceBucket(VIEW)
                    .sourceKey(key)
                    .destinationBucket(target)
                    .destinationKey("back/" + key));
        assertThat(read(target, "back/" + key)).as(target + " " + key).isEqualTo(THEN.get(key));
      }
    }
    String id = s3.createMultipartUpload(r -> r.bucket(BUCKET).key("back/part")).uploadId();
    String etag =
        s3.uploadPartCopy(
                r ->
                    r.sourceBucket(VIEW)
                        .sourceKey(PARTS)
                        .copySourceRange("bytes=100-" + (PART + 99))
                        .destinationBucket(BUCKET)
                        .destinationKey("back/part")
                        .uploadId(id)
                        .partNumber(1))
            .copyPartResult()
            .eTag();
    s3.completeMultipartUpload(
        r ->
            r.bucket(BUCKET)
                .key("back/part")
                .uploadId(id)
                .multipartUpload(u -> u.parts(part(1, etag))));
    assertThat(read(BUCKET, "back/part"))
        .isEqualTo(Arrays.copyOfRange(THEN.get(PARTS), 100, PART + 100));
  }

  /** What was copied out of it stays, and what another snapshot keeps. */
  @Test
  void removed_isNoSuchBucketSoonAfterAndItsDataIsCollected() {
    s3.createBucket(r -> r.bucket("short"));
    s3.putObject(r -> r.bucket("short").key("k"), RequestBody.fromBytes(random(8, 500_000)));
    s3.putObject(r -> r.bucket("short").key("only"), RequestBody.fromBytes(random(9, 500_000)));
    makeSnapshot("brief");
    s3.deleteObject(r -> r.bucket("short").key("k"));
    s3.deleteObject(r -> r.bucket("short").key("only"));
    s3.deleteBucket(r -> r.bucket("short"));
    assertThat(read("short--brief--snap", "k")).isEqualTo(random(8, 500_000));
    s3.copyObject(
        r ->
            r.sourceBucket("short--brief--snap")
                .sourceKey("k")
                .destinationBucket(BUCKET)
                .destinationKey("back/k"));
    admin.send("DELETE", "/snapshots/brief", new JsonObject());
    Awaitility.await("the view is gone")
        .atMost(Duration.ofSeconds(30))
        .pollInterval(Duration.ofMillis(200))
        .untilAsserted(
            () ->
                assertThatThrownBy(() -> s3.listObjectsV2(r -> r.bucket("short--brief--snap")))
                    .isInstanceOf(NoSuchBucketException.class));
    assertThatThrownBy(() -> read("short--brief--snap", "k"))
        .isInstanceOf(NoSuchBucketException.class);
    Awaitility.await("what only it kept is collected")
        .atMost(Duration.ofSeconds(60))
        .pollInterval(Duration.ofMillis(200))
        .until(() -> admin.send("GET", "/gc", new JsonObject()), SnapshotViewTest::hasCollected);
    assertThat(read(BUCKET, "back/k")).isEqualTo(random(8, 500_000));
    THEN.forEach((key, content) -> assertThat(read(VIEW, key)).as(key).isEqualTo(content));
  }

  private static boolean hasCollected(String status) {
    return !status.contains("\"garbageChunks\":0");
  }

  private static void assertReadOnly(ThrowingCallable write) {
    assertThatThrownBy(write)
        .isInstanceOfSatisfying(
            S3Exception.class,
            e -> {
              assertThat(e.awsErrorDetails().errorCode()).isEqualTo("AccessDenied");
              assertThat(e.awsErrorDetails().errorMessage()).contains(VIEW + " is a snapshot");
            });
  }

  private static void assertStatus(int status, ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            S3Exception.class, e -> assertThat(e.statusCode()).isEqualTo(status));
  }
}

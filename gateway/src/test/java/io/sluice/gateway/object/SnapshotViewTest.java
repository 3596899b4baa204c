package io.sluice.gateway.object;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sluice.gateway.testing.S3TestClient.Answer;
import io.sluice.gateway.testing.TestGateway;
import io.sluice.storage.StorageFailure;
import io.sluice.storage.proto.Bucket;
import io.sluice.storage.proto.Command;
import io.sluice.storage.proto.CreateBucket;
import io.sluice.storage.proto.GetBucket;
import io.sluice.storage.proto.LogPosition;
import io.sluice.storage.proto.Query;
import io.sluice.storage.proto.Refusal;
import io.sluice.storage.proto.RefusalCode;
import io.sluice.storage.proto.RemoveBucket;
import io.sluice.storage.proto.SealBucket;
import io.sluice.storage.proto.ShardPosition;
import io.sluice.storage.proto.SnapshotPage;
import io.sluice.storage.proto.SnapshotRow;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What is asked for a bucket of a snapshot. The fake metadata has no past: what was asked of it
 * tells whether it was asked about then.
 */
class SnapshotViewTest extends ObjectTest {
  private static final String VIEW = "/bucket--monday--snap";

  /** One each for tests after which its name is remembered as nobody's. */
  private static final List<String> SNAPSHOTS =
      List.of("monday", "removed", "removed-source", "made-later");

  private static final LogPosition THEN = LogPosition.newBuilder().setEpoch(1).setIndex(17).build();
  private static final LogPosition ROOT_THEN =
      LogPosition.newBuilder().setEpoch(1).setIndex(4).build();

  private final List<Query> asked = Collections.synchronizedList(new ArrayList<>());
  private final List<Command> submitted = Collections.synchronizedList(new ArrayList<>());
  private volatile boolean removed;

  @BeforeEach
  void snapshot() {
    put("/bucket/key", random(100, 1));
    Bucket bucket = bucket("bucket");
    SnapshotRow.Builder row = SnapshotRow.newBuilder();
    for (int shard = 0; shard < gateway.metadata.shardCount(); shard++) {
      row.addPositions(
          ShardPosition.newBuilder()
              .setShard(shard)
              .setPosition(shard == bucket.getShard() ? THEN : ROOT_THEN));
    }
    SnapshotPage.Builder all = SnapshotPage.newBuilder();
    SNAPSHOTS.forEach(name -> all.addSnapshots(row.setId(name).setName(name)));
    SnapshotPage page = all.build();
    gateway.metadata.answerQueries(
        query ->
            query.hasListSnapshots()
                ? io.sluice.storage.proto.Answer.newBuilder()
                    .setSnapshots(removed ? SnapshotPage.getDefaultInstance() : page)
                    .build()
                : null);
    gateway.metadata.failQueries(this::noteQuery);
    gateway.metadata.failCommands(
        command -> {
          submitted.add(command);
          return null;
        });
  }

  @AfterEach
  void noFaults() {
    gateway.metadata.answerQueries(null);
    gateway.metadata.failQueries(null);
    gateway.metadata.failCommands(null);
  }

  private @Nullable StorageFailure noteQuery(Query query) {
    asked.add(query);
    boolean past = query.getGetObject().hasAt() || query.getListObjects().hasAt();
    return removed && past
        ? new StorageFailure.Refused(
            Refusal.newBuilder().setCode(RefusalCode.OUTSIDE_HISTORY).build())
        : null;
  }

  private static Bucket bucket(String name) {
    return gateway
        .metadata
        .query(
            0,
            Query.newBuilder().setGetBucket(GetBucket.newBuilder().setName(name)).build(),
            Duration.ofSeconds(1))
        .await()
        .atMost(Duration.ofSeconds(5))
        .getBucket();
  }

  @Test
  void getObject_ofASnapshot_isAskedOfThen() {
    Answer answer = root.get(VIEW + "/key");
    assertThat(answer.status()).as(answer.body()).isEqualTo(200);
    assertThat(answer.content().getBytes()).isEqualTo(random(100, 1));
    assertThat(asked).anyMatch(query -> query.getGetObject().getAt().equals(THEN));
  }

  @Test
  void find_ofASnapshot_asksWhatTheNameStoodForThen() {
    root.put("/of-shard-zero");
    assertThat(root.get("/of-shard-zero--monday--snap").status()).isEqualTo(200);
    assertThat(asked)
        .filteredOn(query -> query.getGetBucket().hasAt())
        .isNotEmpty()
        .allMatch(query -> query.getGetBucket().getName().equals("of-shard-zero"));
  }

  @ParameterizedTest
  @CsvSource({
    "HEAD,/key,''",
    "GET,/key,tagging",
    "GET,/key,versionId=null",
    "GET,'',''",
    "GET,'',list-type=2",
    "GET,'',versions"
  })
  void reads_ofASnapshot_areAllAskedOfThen(String method, String path, String query) {
    Answer answer = root.request(method, VIEW + path, query).send();
    assertThat(answer.status()).as(answer.body()).isEqualTo(200);
    assertThat(asked)
        .filteredOn(each -> each.hasGetObject() || each.hasListObjects() || each.hasListVersions())
        .hasSize(1)
        .allMatch(
            each ->
                each.getGetObject().getAt().equals(THEN)
                    || each.getListObjects().getAt().equals(THEN)
                    || each.getListVersions().getAt().equals(THEN));
  }

  @Test
  void getObjectAttributes_ofASnapshot_isAskedOfThen() {
    Answer answer =
        root.request("GET", VIEW + "/key", "attributes")
            .header("x-amz-object-attributes", "ObjectSize")
            .send();
    assertThat(answer.xml("ObjectSize")).as(answer.body()).isEqualTo("100");
    assertThat(asked).anyMatch(query -> query.getGetObject().getAt().equals(THEN));
  }

  @Test
  void bucket_ofASnapshot_isThereAndHasTheBucketsPlace() {
    assertThat(root.request("HEAD", VIEW).send().status()).isEqualTo(200);
    assertThat(root.get(VIEW, "location").body()).contains("LocationConstraint");
    assertThat(root.get("/").body()).doesNotContain("bucket--monday--snap");
  }

  @Test
  void uploads_ofASnapshot_areNone() {
    String id = root.request("POST", "/bucket/upload", "uploads=").send().xml("UploadId");
    Answer uploads = root.get(VIEW, "uploads");
    assertThat(uploads.status()).as(uploads.body()).isEqualTo(200);
    assertThat(uploads.body()).doesNotContain("<Upload>");
    assertError(root.get(VIEW + "/upload", "uploadId=" + id), 404, "NoSuchUpload");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "PUT /key",
        "DELETE /key",
        "POST /key?uploads=",
        "PUT /key?partNumber=1&uploadId=x",
        "POST /key?uploadId=x",
        "DELETE /key?uploadId=x",
        "POST ?delete=",
        "DELETE "
      })
  void writes_toASnapshot_areAccessDeniedAndChangeNothing(String what) {
    submitted.clear();
    String target = what.substring(what.indexOf(' ') + 1);
    int question = target.indexOf('?');
    String path = question < 0 ? target : target.substring(0, question);
    String query = question < 0 ? "" : target.substring(question + 1);
    Answer answer =
        root.request(what.substring(0, what.indexOf(' ')), VIEW + path, query)
            .body("anything")
            .withMd5()
            .send();
    assertError(answer, 403, "AccessDenied");
    assertThat(answer.xml("Message"))
        .isEqualTo("bucket--monday--snap is a snapshot: it can be read and not changed.");
    assertThat(submitted).isEmpty();
  }

  @Test
  void copyObject_toASnapshot_isAccessDenied() {
    submitted.clear();
    Answer answer =
        root.request("PUT", VIEW + "/copy").header("x-amz-copy-source", "bucket/key").send();
    assertError(answer, 403, "AccessDenied");
    assertThat(submitted).isEmpty();
  }

  @Test
  void copyObject_fromASnapshot_namesTheMomentInTheCommand() {
    Answer answer =
        root.request("PUT", "/bucket/copy")
            .header("x-amz-copy-source", "bucket--monday--snap/key")
            .send();
    assertThat(answer.status()).as(answer.body()).isEqualTo(200);
    assertThat(submitted)
        .filteredOn(Command::hasCopyObject)
        .singleElement()
        .satisfies(
            command -> {
              assertThat(command.getCopyObject().getSourceAt()).isEqualTo(THEN);
              assertThat(command.getFormat()).isEqualTo(2);
            });
  }

  @Test
  void createBucket_calledLikeOne_isInvalidBucketName() {
    assertError(root.put("/bucket--tuesday--snap"), 400, "InvalidBucketName");
    assertError(root.put(VIEW), 400, "InvalidBucketName");
  }

  @ParameterizedTest
  @ValueSource(strings = {"/bucket--sunday--snap", "/none--sunday--snap", "/bucket--snap"})
  void get_ofNoSnapshot_isNoSuchBucket(String view) {
    assertError(root.get(view), 404, "NoSuchBucket");
    assertError(root.get(view + "/key"), 404, "NoSuchBucket");
  }

  @Test
  void get_ofNoSnapshotAgainAndAgain_listsSnapshotsOnce() {
    for (int i = 0; i < 5; i++) {
      assertError(root.get("/bucket--thursday--snap/" + i), 404, "NoSuchBucket");
    }
    // More than once only if this took more than the second that it is remembered for.
    assertThat(asked).filteredOn(Query::hasListSnapshots).hasSizeLessThan(5);
    assertThat(asked).filteredOn(Query::hasGetBucket).hasSizeLessThan(5);
  }

  @Test
  void get_ofASnapshotThatIsMadeAfterItWasAskedFor_findsItASecondLater() {
    String view = "/bucket--made-later--snap";
    removed = true;
    assertError(root.get(view), 404, "NoSuchBucket");
    removed = false;
    await()
        .atMost(Duration.ofSeconds(20))
        .untilAsserted(() -> assertThat(root.get(view).status()).isEqualTo(200));
  }

  @Test
  void stranger_readsOrWrites_isAccessDenied() {
    var stranger = gateway.other();
    assertError(stranger.get(VIEW + "/key"), 403, "AccessDenied");
    assertThat(stranger.delete(VIEW + "/key").body()).doesNotContain("snapshot:");
    stranger.put("/strangers");
    assertError(
        stranger
            .request("PUT", "/strangers/x")
            .header("x-amz-copy-source", "bucket--monday--snap/key")
            .send(),
        403,
        "AccessDenied");
  }

  @Test
  void removed_whileItIsRemembered_isNoSuchBucket() {
    assertThat(root.get("/bucket--removed--snap" + "/key").status()).isEqualTo(200);
    removed = true;
    assertError(root.get("/bucket--removed--snap" + "/key"), 404, "NoSuchBucket");
    assertError(root.get("/bucket--removed--snap"), 404, "NoSuchBucket");
  }

  @Test
  void removed_whileItIsRememberedAsASource_isNoSuchBucket() {
    assertThat(root.get("/bucket--removed-source--snap/key").status()).isEqualTo(200);
    removed = true;
    Answer answer =
        root.request("PUT", "/bucket/copy")
            .header("x-amz-copy-source", "bucket--removed-source--snap/key")
            .send();
    assertError(answer, 404, "NoSuchBucket");
    assertThat(answer.xml("BucketName")).isEqualTo("bucket--removed-source--snap");
  }

  private static void submit(int shard, Command.Builder command) {
    gateway
        .metadata
        .submit(shard, command.build(), Duration.ofSeconds(1))
        .await()
        .atMost(Duration.ofSeconds(5));
  }

  /** Of a version from before such names were reserved. */
  private static void createBucketCalled(String name) {
    submit(
        0,
        Command.newBuilder()
            .setCreateBucket(
                CreateBucket.newBuilder().setName(name).setOwner(TestGateway.ROOT_ID)));
  }

  /** What can't be asked of a snapshot is asked of a bucket, which turns into one on the way. */
  @Test
  void bucketThatIsCalledLikeASnapshots_isGone_whatHasNoPastIsNotImplemented() {
    String name = "turned--monday--snap";
    createBucketCalled(name);
    root.put("/turned");
    assertThat(root.get("/" + name, "uploads").status()).isEqualTo(200);
    Bucket old = bucket(name);
    submit(
        old.getShard(),
        Command.newBuilder().setSealBucket(SealBucket.newBuilder().setBucketId(old.getId())));
    submit(
        0,
        Command.newBuilder()
            .setRemoveBucket(RemoveBucket.newBuilder().setBucketId(old.getId()).setName(name)));
    Answer answer = root.get("/" + name, "uploads");
    assertError(answer, 501, "NotImplemented");
    assertThat(answer.xml("Message"))
        .isEqualTo("This can't be asked of a snapshot, only of a bucket.");
    assertThat(root.get("/" + name, "uploads").status()).isEqualTo(200);
  }

  @Test
  void bucketThatIsCalledLikeASnapshots_comesFirst() {
    createBucketCalled("old--monday--snap");
    root.put("/old");
    put("/old--monday--snap/mine", random(10, 1));
    assertThat(root.get("/old--monday--snap").body()).contains("<Key>mine</Key>");
  }
}

package io.sluice.recovery.backup.target.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.recovery.backup.target.BackupTarget;
import io.sluice.recovery.backup.target.BackupTargetContract;
import io.sluice.recovery.backup.target.BackupTargets;
import io.sluice.recovery.backup.target.ClaimRefusedException;
import io.sluice.recovery.backup.target.FileStatus;
import io.sluice.recovery.backup.target.NewFile;
import io.sluice.recovery.backup.target.StoredFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class S3TargetTest extends BackupTargetContract {
  /** As short as they may be without a slow machine being taken for a lost connection. */
  private static final S3Limits LIMITS =
      new S3Limits(
          Duration.ofSeconds(5),
          Duration.ofSeconds(5),
          Duration.ofSeconds(5),
          6,
          Duration.ofMillis(1),
          Duration.ofMillis(5),
          Duration.ofSeconds(20));

  private static final int PART = 5 << 20;

  private FakeS3 s3;

  @Override
  protected BackupTarget openTarget() throws IOException {
    s3 = new FakeS3();
    return open("");
  }

  private S3Target open(String more) throws IOException {
    return S3Target.open(s3.url("site/a", "&part-size=5" + more), FakeS3.access(), LIMITS);
  }

  @AfterEach
  void closeEndpoint() {
    s3.close();
  }

  private static byte[] random(int size) {
    byte[] bytes = new byte[size];
    new Random(size).nextBytes(bytes);
    return bytes;
  }

  private FakeBucket.Request only(String operation) {
    assertThat(s3.count(operation)).as(operation).isOne();
    return s3.seen.stream().filter(r -> r.operation().equals(operation)).findFirst().orElseThrow();
  }

  @Test
  void commit_lessThanAPart_isOneRequestOnCondition() throws IOException {
    write("small", random(PART));
    assertThat(only("PutObject").header("If-none-match")).isEqualTo("*");
    assertThat(s3.count("CreateMultipartUpload")).isZero();
    assertThat(s3.bucket.objects).containsOnlyKeys("site/a/small");
  }

  @Test
  void commit_moreThanAPart_isCompletedOnCondition() throws IOException {
    write("large", random(2 * PART + 1));
    assertThat(only("CompleteMultipartUpload").header("If-none-match")).isEqualTo("*");
    assertThat(s3.count("UploadPart")).isEqualTo(3);
    assertThat(s3.count("PutObject")).isZero();
    assertThat(s3.bucket.uploads).isEmpty();
  }

  @Test
  void commit_largeSameBytesAgain_isFineAndOthersAreRefused() throws IOException {
    byte[] bytes = random(2 * PART + 1);
    write("large", bytes);
    write("large", bytes);
    bytes[PART + 5]++;
    assertThatThrownBy(() -> write("large", bytes)).isInstanceOf(FileAlreadyExistsException.class);
    assertThat(s3.bucket.uploads).isEmpty();
    bytes[PART + 5]--;
    assertThat(read("large")).isEqualTo(bytes);
  }

  @Test
  void commit_answerLost_isSeenToBeItsOwn() throws IOException {
    s3.fail("PutObject", real -> real.get().lose());
    s3.fail("CompleteMultipartUpload", real -> real.get().lose());
    write("small", random(10));
    write("large", random(PART + 1));
    assertThat(s3.count("PutObject")).isEqualTo(2);
    assertThat(s3.count("CompleteMultipartUpload")).isEqualTo(2);
    assertThat(read("small")).isEqualTo(random(10));
    assertThat(read("large")).isEqualTo(random(PART + 1));
  }

  @Test
  void close_withoutCommit_abortsTheUpload() throws IOException {
    try (NewFile file = target().create("half")) {
      file.write(ByteBuffer.wrap(random(2 * PART + 1)));
      assertThat(s3.bucket.uploads).hasSize(1);
    }
    assertThat(s3.bucket.uploads).isEmpty();
    assertThat(s3.bucket.objects).isEmpty();
  }

  @Test
  void write_partRefused_failsAndNothingIsLeft() throws IOException {
    s3.fail("UploadPart", 1, 403, "AccessDenied");
    assertThatThrownBy(() -> write("large", random(2 * PART + 1)))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("UploadPart of site/a/large");
    assertThat(s3.bucket.uploads).isEmpty();
    assertThat(s3.bucket.objects).isEmpty();
  }

  @Test
  void requests_burstsOfErrors_areSentAgain() throws IOException {
    for (String operation :
        new String[] {
          "PutObject",
          "CreateMultipartUpload",
          "UploadPart",
          "CompleteMultipartUpload",
          "HeadObject",
          "GetObject",
          "ListObjectsV2",
          "DeleteObject"
        }) {
      s3.fail(operation, 2, 503, "SlowDown");
      s3.fail(operation, 1, 429, "");
      s3.fail(operation, real -> FakeAnswer.empty(500));
      s3.fail(operation, real -> real.get().lose());
    }
    write("small", random(10));
    write("large", random(2 * PART + 1));
    assertThat(read("large")).isEqualTo(random(2 * PART + 1));
    target().delete("small");
    assertThat(list("")).containsExactly(new FileStatus("large", 2L * PART + 1));
  }

  @Test
  void requests_errorsWithoutEnd_failWithTheLastOne() throws IOException {
    s3.fail("PutObject", 100, 503, "SlowDown");
    assertThatThrownBy(() -> write("a", random(1)))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("the endpoint answered 503 SlowDown: injected")
        .hasMessageNotContaining("\n");
    assertThat(s3.count("PutObject")).isEqualTo(LIMITS.attemptsMax());
  }

  @Test
  void complete_errorThatComesWith200_isOne() throws IOException {
    s3.fail(
        "CompleteMultipartUpload",
        real -> {
          FakeAnswer error = FakeAnswer.error(200, "InternalError", "after a long time");
          byte[] blanks = new byte[error.body.length + 100];
          Arrays.fill(blanks, (byte) ' ');
          System.arraycopy(error.body, 0, blanks, 100, error.body.length);
          return new FakeAnswer(200, blanks);
        });
    write("large", random(PART + 1));
    assertThat(s3.count("CompleteMultipartUpload")).isEqualTo(2);
    assertThat(read("large")).isEqualTo(random(PART + 1));
  }

  @Test
  void read_connectionCutOrAnswerShort_isReadAgain() throws IOException {
    write("a", random(100_000));
    s3.fail("GetObject", real -> real.get().cutAt(40_000));
    s3.fail("GetObject", real -> real.get().cutAt(0));
    s3.fail("GetObject", real -> real.get().truncated(50_000));
    s3.fail("GetObject", real -> new FakeAnswer(200, random(100_000)));
    assertThat(read("a")).isEqualTo(random(100_000));
    assertThat(s3.count("GetObject")).isEqualTo(5);
  }

  @Test
  void read_answerStopsHalfWay_isReadAgainAfterADeadline() throws IOException {
    write("a", random(100));
    S3Limits impatient =
        new S3Limits(
            Duration.ofSeconds(5),
            Duration.ofMillis(300),
            Duration.ofSeconds(5),
            20,
            Duration.ofMillis(1),
            Duration.ofMillis(5),
            Duration.ofSeconds(20));
    try (S3Target target = S3Target.open(s3.url("site/a", ""), FakeS3.access(), impatient);
        StoredFile file = target.open("a")) {
      s3.fail("GetObject", s3::hang);
      s3.fail("GetObject", real -> real.get().stallAt(40, s3::awaitClose));
      ByteBuffer all = ByteBuffer.allocate(100);
      file.read(0, all);
      assertThat(all.array()).isEqualTo(random(100));
    }
    assertThat(s3.count("GetObject")).isGreaterThanOrEqualTo(3);
  }

  @Test
  void read_replacedMeanwhile_isRefused() throws IOException {
    write("a", random(100));
    try (StoredFile file = target().open("a")) {
      s3.bucket.objects.put("site/a/a", new byte[100]);
      assertThatThrownBy(() -> file.read(0, ByteBuffer.allocate(100)))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("was replaced while it was read");
      s3.bucket.objects.clear();
      assertThatThrownBy(() -> file.read(0, ByteBuffer.allocate(100)))
          .isInstanceOf(NoSuchFileException.class);
    }
  }

  @Test
  void read_contentThatLooksLikeAnError_isContent() throws IOException {
    byte[] document = FakeAnswer.error(500, "InternalError", "no").body;
    write("error.xml", document);
    assertThat(read("error.xml")).isEqualTo(document);
  }

  @Test
  void commit_endpointWithoutConditions_asksFirst() throws IOException {
    s3.bucket.conditionalWrites = false;
    write("a", random(10));
    write("b", random(PART + 1));
    write("b", random(PART + 1));
    assertThatThrownBy(() -> write("a", random(11))).isInstanceOf(FileAlreadyExistsException.class);
    assertThat(read("a")).isEqualTo(random(10));
    assertThat(read("b")).isEqualTo(random(PART + 1));
    // Once: then it is known.
    assertThat(s3.seen.stream().filter(r -> r.header("If-none-match") != null)).hasSize(1);
  }

  @Test
  void commit_notImplementedForAnotherReason_saysSoAndConditionsStay() throws IOException {
    s3.fail("PutObject", 2, 501, "NotImplemented");
    assertThatThrownBy(() -> write("a", random(10))).hasMessageContaining("501 NotImplemented");
    write("a", random(10));
    assertThat(s3.seen.get(s3.seen.size() - 1).header("If-none-match")).isEqualTo("*");
  }

  @Test
  void claim_endpointWithoutConditions_isRefused() {
    s3.bucket.conditionalWrites = false;
    assertThatThrownBy(() -> target().claim("a", random(10)))
        .hasMessageContaining("can't write on condition");
    assertThat(s3.bucket.objects).isEmpty();
  }

  @Test
  void claim_endpointThatOverlooksConditions_isFoundOut() {
    s3.bucket.overlooksConditions = true;
    assertThatThrownBy(() -> target().claim("a", random(10)))
        .hasMessageContaining("passes over conditions");
  }

  @Test
  void claim_refusedEachTime_isRefused() {
    s3.fail("PutObject", 6, 503, "SlowDown");
    assertThatThrownBy(() -> target().claim("a", random(10)))
        .isInstanceOf(ClaimRefusedException.class);
  }

  /** The first attempt may still be under way. */
  @Test
  void claim_oneAttemptUnanswered_isNotSaidToBeRefused() {
    s3.fail("PutObject", real -> FakeAnswer.empty(200).lose());
    s3.fail("PutObject", 5, 503, "SlowDown");
    assertThatThrownBy(() -> target().claim("a", random(10)))
        .isInstanceOf(IOException.class)
        .isNotInstanceOf(ClaimRefusedException.class);
    assertThat(s3.count("PutObject")).isEqualTo(6);
    s3.fail("PutObject", 1, 500, "InternalError");
    s3.fail("PutObject", 1, 501, "NotImplemented");
    assertThatThrownBy(() -> target().claim("a", random(10)))
        .isInstanceOf(IOException.class)
        .isNotInstanceOf(ClaimRefusedException.class);
  }

  /** It is written once more, to see whether conditions count. */
  @Test
  void claim_takenAndThenRefused_isNotSaidToBeRefused() throws IOException {
    s3.fail("PutObject", Supplier::get);
    s3.fail("PutObject", 6, 503, "SlowDown");
    assertThatThrownBy(() -> target().claim("a", random(10)))
        .isInstanceOf(IOException.class)
        .isNotInstanceOf(ClaimRefusedException.class);
    assertThat(read("a")).isEqualTo(random(10));
  }

  @Test
  void create_lockAndStorageClass_areAskedForWithAChecksum() throws IOException {
    try (S3Target locked = open("&lock-mode=COMPLIANCE&lock-days=30&storage-class=GLACIER_IR")) {
      try (NewFile file = locked.create("small")) {
        file.write(ByteBuffer.wrap(random(10)));
        file.commit();
      }
      try (NewFile file = locked.create("large")) {
        file.write(ByteBuffer.wrap(random(PART + 1)));
        file.commit();
      }
    }
    for (String operation : new String[] {"PutObject", "CreateMultipartUpload"}) {
      Map<String, String> headers = only(operation).headers();
      assertThat(headers)
          .containsEntry("X-amz-object-lock-mode", "COMPLIANCE")
          .containsEntry("X-amz-storage-class", "GLACIER_IR");
      assertThat(headers.get("X-amz-object-lock-retain-until-date")).matches("20..-.*T.*Z");
    }
    assertThat(s3.seen)
        .filteredOn(r -> r.operation().equals("PutObject") || r.operation().equals("UploadPart"))
        .hasSize(3)
        .allMatch(r -> r.header("Content-md5") != null);
  }

  @Test
  void createRemovable_asksForNoLock() throws IOException {
    try (S3Target locked = open("&lock-mode=COMPLIANCE&lock-days=30");
        NewFile file = locked.createRemovable("small")) {
      file.commit();
    }
    assertThat(only("PutObject").headers()).doesNotContainKey("X-amz-object-lock-mode");
  }

  @Test
  void delete_forbidden_saysSo() throws IOException {
    write("a", random(10));
    s3.fail("DeleteObject", 1, 403, "AccessDenied");
    assertThatThrownBy(() -> target().delete("a"))
        .isInstanceOf(AccessDeniedException.class)
        .hasMessageContaining("403 AccessDenied");
  }

  @Test
  void create_bucketThatLocksByItself_getsAChecksumOnceItAsks() throws IOException {
    s3.bucket.locksByDefault = true;
    write("a", random(10));
    write("b", random(10));
    assertThat(s3.count("PutObject")).isEqualTo(3);
    assertThat(read("b")).isEqualTo(random(10));
  }

  @Test
  void delete_bucketWithVersions_removesTheVersion() throws IOException {
    s3.bucket.keepsVersions = true;
    write("a", random(10));
    target().delete("a");
    assertThat(s3.bucket.objects).isEmpty();
  }

  @Test
  void list_otherObjectsInTheBucket_areLeftAlone() throws IOException {
    for (String key :
        new String[] {"site/a", "site/a/", "site/a/.hidden", "site/a/x y", "site/ab", "z"}) {
      s3.bucket.objects.put(key, new byte[1]);
    }
    write("own/1", random(1));
    assertThat(list("")).containsExactly(new FileStatus("own/1", 1));
    assertThat(target().folders("")).containsExactly("own");
  }

  @Test
  void list_sameAgainAndAgain_ends() {
    for (int i = 0; i < 9; i++) {
      s3.bucket.objects.put("site/a/" + i, new byte[1]);
    }
    FakeAnswer[] first = new FakeAnswer[1];
    for (int i = 0; i < 3; i++) {
      s3.fail("ListObjectsV2", real -> first[0] = first[0] == null ? real.get() : first[0]);
    }
    assertThatThrownBy(() -> list(""))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("doesn't list in the order of names");
  }

  @Test
  void clearAbandoned_onlyUploadsOfTheTargetFromBefore() throws IOException {
    for (String key : new String[] {"site/a/1", "site/a/2", "site/a/3", "other/1"}) {
      s3.bucket.uploads.put(key + "?x", new TreeMap<>());
    }
    target().clearAbandoned(FakeBucket.INITIATED);
    assertThat(s3.bucket.uploads).hasSize(4);
    target().clearAbandoned(FakeBucket.INITIATED.plusMillis(1));
    assertThat(s3.bucket.uploads).containsOnlyKeys("other/1?x");
  }

  @Test
  void close_whileARequestWaitsForAnotherAttempt_endsTheWaiting() throws Exception {
    S3Limits patient =
        new S3Limits(
            Duration.ofSeconds(5),
            Duration.ofSeconds(5),
            Duration.ofSeconds(5),
            6,
            Duration.ofHours(1),
            Duration.ofHours(1),
            Duration.ofHours(3));
    S3Target target = S3Target.open(s3.url("site/a", ""), FakeS3.access(), patient);
    s3.fail("HeadObject", real -> FakeAnswer.empty(503));
    Thread reader = new Thread(() -> assertThatThrownBy(() -> target.open("a")));
    reader.start();
    while (s3.count("HeadObject") == 0) {
      Thread.onSpinWait();
    }
    target.close();
    reader.join(Duration.ofSeconds(20).toMillis());
    assertThat(reader.isAlive()).isFalse();
  }

  @Test
  void open_url_isThatBucket() throws IOException {
    try (BackupTarget target = BackupTargets.open(s3.url("site/a/", ""), FakeS3.access())) {
      assertThat(target).hasToString("s3://backups/site/a at " + s3.endpoint());
      target.folders("");
    }
  }
}

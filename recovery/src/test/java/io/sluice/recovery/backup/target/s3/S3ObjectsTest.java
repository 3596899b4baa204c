package io.sluice.recovery.backup.target.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.protobuf.ByteString;
import io.sluice.recovery.backup.target.NewFile;
import io.sluice.storage.proto.Checksum;
import io.sluice.storage.proto.ChecksumAlgorithm;
import io.sluice.storage.proto.ObjectHeaders;
import io.sluice.storage.proto.ObjectVersion;
import io.sluice.storage.proto.UserMetadata;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.FileAlreadyExistsException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class S3ObjectsTest {
  private static final S3Limits LIMITS =
      new S3Limits(
          Duration.ofSeconds(5),
          Duration.ofSeconds(5),
          Duration.ofSeconds(5),
          6,
          Duration.ofMillis(1),
          Duration.ofMillis(5),
          Duration.ofSeconds(20));

  private static final ObjectDescription PLAIN =
      ObjectDescription.of(
          ObjectVersion.newBuilder()
              .setHeaders(
                  ObjectHeaders.newBuilder()
                      .setContentType("text/plain")
                      .setContentDisposition("attachment; filename=\"ä\"")
                      .addUserMetadata(
                          UserMetadata.newBuilder().setName("colour").setValue("grün")))
              .addChecksums(
                  Checksum.newBuilder()
                      .setAlgorithm(ChecksumAlgorithm.CRC32)
                      .setValue(ByteString.copyFrom(new byte[] {1, 2, 3, 4})))
              .build());

  private static final int PART = 5 << 20;

  private FakeS3 s3;
  private S3Objects objects;

  @BeforeEach
  void open() throws IOException {
    s3 = new FakeS3();
    objects = S3Objects.open(s3.url("site", "&part-size=5"), FakeS3.access(), LIMITS, 2);
  }

  @AfterEach
  void close() {
    objects.close();
    s3.close();
  }

  private static byte[] random(int size) {
    byte[] bytes = new byte[size];
    new Random(size).nextBytes(bytes);
    return bytes;
  }

  private void put(String key, byte[] bytes, boolean replaces) throws IOException {
    try (NewFile file = objects.create(key, PLAIN, bytes.length, replaces)) {
      file.write(ByteBuffer.wrap(bytes));
      file.commit();
    }
  }

  @Test
  void create_whatIsKnownOfIt_goesAlong() throws IOException {
    put("a b/ü", random(10), false);
    FakeBucket.Request request =
        s3.seen.stream().filter(r -> r.operation().equals("PutObject")).findFirst().orElseThrow();
    assertThat(request.key()).isEqualTo("site/a b/ü");
    assertThat(request.header("Content-type")).isEqualTo("text/plain");
    assertThat(request.header("Content-disposition")).startsWith("=?UTF-8?B?");
    assertThat(request.header("X-amz-meta-colour")).isEqualTo("=?UTF-8?B?Z3LDvG4=?=");
    assertThat(request.header("X-amz-checksum-crc32")).isEqualTo("AQIDBA==");
    assertThat(request.header("If-none-match")).isEqualTo("*");
  }

  @Test
  void commit_somethingIsThere_isReplacedOnlyWhenAsked() throws IOException {
    put("a", random(10), false);
    put("a", random(10), false);
    IOException refused =
        catchThrowableOfType(FileAlreadyExistsException.class, () -> put("a", random(11), false));
    assertThat(S3Objects.isOfOneObject(refused)).isTrue();
    put("a", random(11), true);
    assertThat(s3.bucket.objects.get("site/a")).isEqualTo(random(11));
    put("a", random(2 * PART + 1), true);
    assertThat(s3.bucket.objects.get("site/a")).isEqualTo(random(2 * PART + 1));
    assertThat(s3.bucket.uploads).isEmpty();
  }

  @Test
  void commit_replacingInPartsAnswerLost_isSeenToBeItsOwn() throws IOException {
    put("a", random(10), false);
    s3.fail("CompleteMultipartUpload", real -> real.get().lose());
    put("a", random(PART + 1), true);
    assertThat(s3.bucket.objects.get("site/a")).isEqualTo(random(PART + 1));
  }

  @Test
  void commit_etagOfOtherBytes_isSentAgainAndThenAnError() throws IOException {
    s3.fail("PutObject", real -> real.get().header("ETag", FakeBucket.etag(random(9))));
    put("a", random(10), true);
    assertThat(s3.count("PutObject")).isEqualTo(2);
    for (int i = 0; i < LIMITS.attemptsMax(); i++) {
      s3.fail("PutObject", real -> real.get().header("ETag", FakeBucket.etag(random(9))));
    }
    assertThatThrownBy(() -> put("a", random(10), true)).hasMessageContaining("has other bytes");
  }

  @Test
  void commit_etagThatIsNoMd5_isNotCompared() throws IOException {
    s3.fail("PutObject", real -> real.get().header("ETag", "\"abc-1\""));
    s3.fail(
        "PutObject",
        real ->
            real.get()
                .header("ETag", FakeBucket.etag(random(9)))
                .header("x-amz-server-side-encryption", "aws:kms"));
    put("a", random(10), true);
    put("b", random(10), true);
    assertThat(s3.count("PutObject")).isEqualTo(2);
  }

  @Test
  void isOfOneObject_keyTooLong_isAndTheCredentialsAreNot() {
    s3.fail("PutObject", 1, 400, "KeyTooLongError");
    s3.fail("PutObject", 1, 403, "AccessDenied");
    s3.fail("PutObject", 1, 404, "NoSuchBucket");
    List<Boolean> ofOne = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      ofOne.add(
          S3Objects.isOfOneObject(
              catchThrowableOfType(IOException.class, () -> put("a", random(1), true))));
    }
    assertThat(ofOne).containsExactly(true, false, false);
  }

  @Test
  void close_ofAnUploadOnAThreadThatWasInterrupted_freesItsParts() throws IOException {
    NewFile file = objects.create("a", PLAIN, 2 * PART, true);
    file.write(ByteBuffer.wrap(random(PART + 1)));
    assertThat(s3.bucket.uploads).hasSize(1);
    Thread.currentThread().interrupt();
    file.close();
    assertThat(Thread.interrupted()).isTrue();
    assertThat(s3.bucket.uploads).isEmpty();
  }

  /** An answer to HEAD has no body, and so no code. */
  @Test
  void find_denied_isOfOneObjectIfTheRestIsListed() throws IOException {
    s3.fail("HeadObject", real -> FakeAnswer.empty(403));
    IOException denied = catchThrowableOfType(IOException.class, () -> objects.find("a", "note"));
    assertThat(S3Objects.isDenied(denied)).isTrue();
    assertThat(denied).hasMessageContaining("HeadObject of site/a");

    s3.fail("HeadObject", real -> FakeAnswer.empty(403));
    s3.fail("ListObjectsV2", 1, 403, "InvalidAccessKeyId");
    IOException refused = catchThrowableOfType(IOException.class, () -> objects.find("a", "note"));
    assertThat(S3Objects.isDenied(refused)).isFalse();
    assertThat(S3Objects.isOfOneObject(refused)).isFalse();
    assertThat(refused).hasMessageContaining("doesn't know the access key");

    s3.fail("HeadObject", real -> FakeAnswer.empty(403));
    s3.fail("ListObjectsV2", 1, 403, "AccessDenied");
    IOException all = catchThrowableOfType(IOException.class, () -> objects.find("a", "note"));
    assertThat(S3Objects.isDenied(all)).as("it may not list").isFalse();
  }

  @Test
  void list_manyPages_inOrderWithoutThePrefix() throws IOException {
    for (String key : List.of("a", "b/1", "b/2", "b/3", "b/4", "c")) {
      put(key, random(key.length()), true);
    }
    List<String> keys = new ArrayList<>();
    S3Objects.Entries entries = objects.entries("b/", "b/1");
    for (S3Objects.Entry each = entries.next(); each != null; each = entries.next()) {
      keys.add(each.key() + each.size());
    }
    assertThat(keys).containsExactly("b/23", "b/33", "b/43");
    assertThat(objects.isEmpty()).isFalse();
  }

  @Test
  void delete_thereOrNot_isFine() throws IOException {
    put("a", random(1), true);
    RemoteObject found = Objects.requireNonNull(objects.find("a", "note"));
    assertThat(objects.delete("a", found)).isTrue();
    assertThat(objects.delete("a", found)).isTrue();
    assertThat(objects.isEmpty()).isTrue();
    assertThat(objects.find("a", "note")).isNull();
  }

  @Test
  void delete_replacedSinceItWasFound_staysThere() throws IOException {
    put("a", random(1), true);
    RemoteObject found = Objects.requireNonNull(objects.find("a", "note"));
    put("a", random(2), true);
    assertThat(objects.delete("a", found)).isFalse();
    assertThat(Objects.requireNonNull(objects.find("a", "note")).size()).isEqualTo(2);
  }

  /** The second attempt of one that was done would delete what came in between. */
  @Test
  void delete_withoutAnAnswer_isNotSentAgainByItself() throws IOException {
    put("a", random(1), true);
    RemoteObject found = Objects.requireNonNull(objects.find("a", "note"));
    s3.fail("DeleteObject", real -> real.get().lose());
    IOException lost = catchThrowableOfType(IOException.class, () -> objects.delete("a", found));
    assertThat(S3Objects.isTransient(lost)).isTrue();
    assertThat(s3.count("DeleteObject")).isOne();
  }

  @Test
  void delete_endpointThatRefusesConditions_isAskedWithout() throws IOException {
    s3.bucket.conditionalWrites = false;
    put("a", random(1), true);
    assertThat(objects.delete("a", Objects.requireNonNull(objects.find("a", "note")))).isTrue();
    assertThat(objects.find("a", "note")).isNull();
  }

  /** A pause between two attempts may be longer than a lease. */
  @Test
  void guard_thatRefuses_isAskedBeforeEachAttempt() {
    AtomicInteger asked = new AtomicInteger();
    objects.guard(
        () -> {
          if (asked.incrementAndGet() > 1) {
            throw new IOException("another has the lease");
          }
        });
    s3.fail("PutObject", 5, 503, "SlowDown");
    assertThatThrownBy(() -> put("a", random(1), true)).hasMessage("another has the lease");
    assertThat(s3.count("PutObject")).isOne();
  }

  @Test
  void partBytes_largerObject_hasNoMoreThanTenThousandParts() {
    S3Location location = S3Location.parse("s3://backups", Map.of());
    assertThat(S3Objects.partBytes(location, 1)).isEqualTo(8 << 20);
    long large = 5L << 40;
    int part = S3Objects.partBytes(location, large);
    assertThat((large + part - 1) / part).isLessThanOrEqualTo(10_000);
  }

  @Test
  void with_moreUserMetadataThanS3Takes_isNone() {
    ObjectDescription more = Objects.requireNonNull(PLAIN.with("note", "x"));
    assertThat(more.headers()).containsEntry("x-amz-meta-note", "x");
    assertThat(PLAIN.with("note", "x".repeat(2100))).isNull();
  }
}

package io.sluice.app.clients;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import io.sluice.app.TestServer;
import io.sluice.app.cli.SluiceCommand;
import io.sluice.recovery.backup.MemoryTarget;
import io.sluice.recovery.backup.SetKind;
import io.sluice.recovery.backup.TestBackup;
import io.sluice.recovery.backup.restore.FileRestore;
import io.sluice.recovery.backup.restore.FileRestoreResult;
import io.sluice.recovery.backup.restore.FileRestoreTerms;
import io.sluice.recovery.backup.target.TargetAccess;
import io.sluice.recovery.backup.target.s3.S3Objects;
import io.sluice.storage.proto.BackupRow;
import io.sluice.storage.proto.ObjectHeaders;
import io.sluice.storage.proto.ObjectState;
import io.sluice.storage.proto.ObjectVersion;
import io.sluice.storage.proto.UserMetadata;
import java.io.IOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.S3Object;

/** Backups as plain objects at another Sluice; no cluster they came from is there. */
class RestoreToEndpointTest {
  @RegisterExtension static final TestServer SERVER = new TestServer();

  private static final int CHUNK = 1 << 20;
  private static final byte[] SMALL = "hello".getBytes(UTF_8);
  private static final byte[] LARGE = random(21 << 20, 1);

  private static final MemoryTarget TARGET = new MemoryTarget();
  private static final TestBackup BACKUP = new TestBackup(TARGET, null);

  private static S3Client s3;
  private static int buckets;
  private String bucket;

  @BeforeAll
  static void make() throws IOException {
    s3 = SdkClients.sync(SERVER.endpoint());
    BACKUP.begin(SetKind.FULL);
    BACKUP.bucket(1, "photos");
    BACKUP.bucket(2, "letters");
    BACKUP.inline(1, "empty".getBytes(UTF_8), new byte[0]);
    BACKUP.object(1, "large/one", LARGE, CHUNK);
    BACKUP.multipart(1, "large/parts", List.of(random(6 << 20, 2), random(7 << 20, 3)), CHUNK);
    BACKUP
        .writer()
        .add(
            1,
            BackupRow.newBuilder()
                .setObject(
                    ObjectState.newBuilder()
                        .setBucketId(1)
                        .setKey(ByteString.copyFromUtf8("small"))
                        .setInlineData(ByteString.copyFrom(SMALL))
                        .setObject(
                            ObjectVersion.newBuilder()
                                .setInline(true)
                                .setSize(SMALL.length)
                                .setEtag("5d41402abc4b2a76b9719d911017c592")
                                .setHeaders(
                                    ObjectHeaders.newBuilder()
                                        .setContentType("text/plain")
                                        .setCacheControl("no-store")
                                        .addUserMetadata(
                                            UserMetadata.newBuilder()
                                                .setName("colour")
                                                .setValue("grün")))))
                .build());
    BACKUP.object(2, "a b/ü", random(3_000_000, 4), CHUNK);
    BACKUP.finish();
  }

  @AfterAll
  static void close() throws IOException {
    s3.close();
    BACKUP.close();
  }

  private static byte[] random(int length, long seed) {
    byte[] bytes = new byte[length];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }

  private FileRestoreResult restore(@Nullable String of, boolean overwrite, boolean skipDamaged)
      throws IOException {
    if (bucket == null) {
      bucket = "to-" + buckets++;
      s3.createBucket(r -> r.bucket(bucket));
    }
    Map<String, String> key =
        Map.of(
            "AWS_ACCESS_KEY_ID", TestServer.ACCESS_KEY,
            "AWS_SECRET_ACCESS_KEY", TestServer.SECRET_KEY);
    try (S3Objects to =
        S3Objects.open(
            "s3://" + bucket + "/in?part-size=5&endpoint=" + SERVER.endpoint(),
            new TargetAccess(null, key, Clock.systemUTC()),
            2)) {
      return new FileRestore(
              BACKUP.files(),
              BACKUP.catalog().chain(BACKUP.catalog().newest().orElseThrow()),
              new FileRestoreTerms(of, "", overwrite, skipDamaged, 2))
          .restore(to, (objects, bytes) -> {});
    }
  }

  private byte[] read(String key) {
    return s3.getObjectAsBytes(r -> r.bucket(bucket).key(key)).asByteArray();
  }

  private List<String> keys() {
    return s3.listObjectsV2(r -> r.bucket(bucket)).contents().stream().map(S3Object::key).toList();
  }

  @Test
  void restore_oneBucket_isPlainObjectsUnderTheirKeys() throws IOException {
    FileRestoreResult result = restore("photos", false, false);
    assertThat(result.problems()).isEmpty();
    assertThat(result.complete()).isTrue();
    assertThat(result.objects()).isEqualTo(4);
    assertThat(keys()).containsExactly("in/empty", "in/large/one", "in/large/parts", "in/small");
    assertThat(read("in/large/one")).isEqualTo(LARGE);
    assertThat(read("in/large/parts")).hasSize(13 << 20).endsWith(random(7 << 20, 3));
    GetObjectResponse small = s3.getObjectAsBytes(r -> r.bucket(bucket).key("in/small")).response();
    assertThat(small.contentType()).isEqualTo("text/plain");
    assertThat(small.cacheControl()).isEqualTo("no-store");
    assertThat(small.metadata()).hasSize(1).containsKey("colour");
  }

  @Test
  void restore_allBuckets_isBelowTheirNames() throws IOException {
    assertThat(restore(null, false, false).complete()).isTrue();
    assertThat(keys())
        .containsExactly(
            "in/letters/a b/ü",
            "in/photos/empty",
            "in/photos/large/one",
            "in/photos/large/parts",
            "in/photos/small");
    assertThat(read("in/letters/a b/ü")).isEqualTo(random(3_000_000, 4));
  }

  @Test
  void restore_somethingIsThere_isRefusedOrReplaced() throws IOException {
    restore("letters", false, false);
    s3.putObject(r -> r.bucket(bucket).key("in/small"), RequestBody.fromString("mine"));
    assertThatThrownBy(() -> restore("photos", false, false))
        .isInstanceOf(DirectoryNotEmptyException.class);
    assertThat(read("in/small")).isEqualTo("mine".getBytes(UTF_8));
    assertThat(restore("photos", true, false).complete()).isTrue();
    assertThat(read("in/small")).isEqualTo(SMALL);
    assertThat(keys()).contains("in/a b/ü");
  }

  @Test
  void restore_damagedPack_restoresTheRestAndLeavesNoParts() throws IOException {
    Map.Entry<String, byte[]> pack =
        TARGET.files().entrySet().stream()
            .filter(file -> file.getKey().endsWith(".pack"))
            .findFirst()
            .orElseThrow();
    byte[] whole = pack.getValue().clone();
    byte[] hurt = whole.clone();
    hurt[15 << 20]++;
    TARGET.files().put(pack.getKey(), hurt);
    try {
      FileRestoreResult result = restore("photos", false, true);
      assertThat(result.complete()).isFalse();
      assertThat(result.problems())
          .singleElement()
          .satisfies(problem -> assertThat(problem.name()).isEqualTo("photos/large/one"));
      assertThat(keys()).containsExactly("in/empty", "in/large/parts", "in/small");
      assertThat(s3.listMultipartUploads(r -> r.bucket(bucket)).uploads()).isEmpty();
    } finally {
      TARGET.files().put(pack.getKey(), whole);
    }
  }

  @Test
  void command_withCredentialsFile_restoresOnceAndAsksBeforeItReplaces(@TempDir Path directory)
      throws IOException {
    for (Map.Entry<String, byte[]> file : TARGET.files().entrySet()) {
      Path copy = directory.resolve("target").resolve(file.getKey());
      Files.createDirectories(copy.getParent());
      Files.write(copy, file.getValue());
    }
    Path credentials = SdkClients.credentialsFile(directory);
    bucket = "to-" + buckets++;
    s3.createBucket(r -> r.bucket(bucket));
    String[] command = {
      "restore",
      "--from",
      "file://" + directory.resolve("target"),
      "--to",
      "s3://" + bucket + "?endpoint=" + SERVER.endpoint(),
      "--to-credentials-file",
      credentials.toString(),
      "--bucket",
      "letters",
      "--json"
    };
    String[] dry = Arrays.copyOf(command, command.length + 1);
    dry[command.length] = "--dry-run";
    assertThat(SluiceCommand.run(Map.of(), dry)).isZero();
    assertThat(keys()).isEmpty();
    assertThat(SluiceCommand.run(Map.of(), command)).isZero();
    assertThat(keys()).containsExactly("a b/ü");
    assertThat(SluiceCommand.run(Map.of(), command)).isOne();
    String[] toDirectory = command.clone();
    toDirectory[4] = directory.resolve("to").toString();
    assertThat(SluiceCommand.run(Map.of(), toDirectory)).isEqualTo(2);
  }
}

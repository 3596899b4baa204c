package io.sluice.app.recovery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.app.TestServer;
import io.sluice.recovery.backup.target.BackupTarget;
import io.sluice.recovery.backup.target.BackupTargetContract;
import io.sluice.recovery.backup.target.BackupTargets;
import io.sluice.recovery.backup.target.NewFile;
import io.sluice.recovery.backup.target.TargetAccess;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.FileAlreadyExistsException;
import java.time.Clock;
import java.time.Instant;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;

/** Another Sluice as a target of backups. Every test has a prefix of its own. */
class SluiceAsTargetTest extends BackupTargetContract {
  @RegisterExtension static final TestServer SERVER = new TestServer();

  private static int prefix;

  @BeforeAll
  static void createBucket() {
    try (S3Client s3 = client()) {
      s3.createBucket(r -> r.bucket("backups"));
    }
  }

  private static S3Client client() {
    return S3Client.builder()
        .endpointOverride(SERVER.endpoint())
        .region(Region.US_EAST_1)
        .credentialsProvider(
            StaticCredentialsProvider.create(
                AwsBasicCredentials.create(TestServer.ACCESS_KEY, TestServer.SECRET_KEY)))
        .forcePathStyle(true)
        .httpClientBuilder(UrlConnectionHttpClient.builder())
        .build();
  }

  @Override
  protected BackupTarget openTarget() throws IOException {
    return open("site/" + prefix++, "");
  }

  private static BackupTarget open(String below, String more) throws IOException {
    return BackupTargets.open(
        "s3://backups/" + below + "?endpoint=" + SERVER.endpoint() + more,
        new TargetAccess(
            null,
            Map.of(
                "AWS_ACCESS_KEY_ID",
                TestServer.ACCESS_KEY,
                "AWS_SECRET_ACCESS_KEY",
                TestServer.SECRET_KEY),
            Clock.systemUTC()));
  }

  private static byte[] random(int size) {
    byte[] bytes = new byte[size];
    new Random(size).nextBytes(bytes);
    return bytes;
  }

  @Test
  void commit_inPartsSameBytesAgain_isFineAndOthersAreRefused() throws IOException {
    byte[] bytes = random((20 << 20) + 1);
    write("large", bytes);
    write("large", bytes);
    bytes[9 << 20]++;
    assertThatThrownBy(() -> write("large", bytes)).isInstanceOf(FileAlreadyExistsException.class);
    bytes[9 << 20]--;
    assertThat(Arrays.equals(read("large"), bytes)).isTrue();
  }

  @Test
  void clearAbandoned_writerThatEnded_leavesNothing() throws IOException {
    // Never closed, as by a process that was killed.
    NewFile abandoned = target().create("half");
    abandoned.write(ByteBuffer.wrap(random((16 << 20) + 1)));
    assertThat(uploads()).isEqualTo(1);
    target().clearAbandoned(Instant.EPOCH);
    assertThat(uploads()).isEqualTo(1);
    target().clearAbandoned(Clock.systemUTC().instant().plusSeconds(60));
    assertThat(uploads()).isZero();
  }

  private static int uploads() {
    try (S3Client s3 = client()) {
      return s3.listMultipartUploads(r -> r.bucket("backups")).uploads().size();
    }
  }

  @Test
  void create_whatTheServerLacks_isRefusedInOneLine() throws IOException {
    try (BackupTarget locked = open("locked", "&lock-mode=GOVERNANCE&lock-days=1");
        NewFile file = locked.create("a")) {
      file.write(ByteBuffer.wrap(random(1)));
      assertThatThrownBy(file::commit)
          .isInstanceOf(IOException.class)
          .hasMessageContaining("501 NotImplemented")
          .hasMessageNotContaining("\n");
    }
  }
}

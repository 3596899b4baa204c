package io.sluice.gateway.handler;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.gateway.testing.BlockedLoops;
import io.sluice.gateway.testing.S3TestClient;
import io.sluice.gateway.testing.S3TestClient.Answer;
import io.sluice.gateway.testing.TestGateway;
import io.sluice.storage.StorageFailure;
import io.sluice.storage.proto.Command;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(BlockedLoops.class)
class BucketLifeTest {
  private static TestGateway gateway;
  private static S3TestClient root;

  @BeforeAll
  static void start() {
    gateway = TestGateway.start();
    root = gateway.root();
  }

  @AfterAll
  static void stop() {
    gateway.close();
  }

  @Test
  void headBucket_ownBucket_tellsTheRegion() {
    root.put("/head-me");
    Answer answer = root.request("HEAD", "/head-me").send();
    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.header("x-amz-bucket-region")).isEqualTo("us-east-1");
    assertThat(answer.body()).isEmpty();
  }

  @Test
  void headBucket_absent_is404WithoutBody() {
    Answer answer = root.request("HEAD", "/not-there").send();
    assertThat(answer.status()).isEqualTo(404);
    assertThat(answer.body()).isEmpty();
  }

  @Test
  void headBucket_ofAnother_isForbiddenEvenForRoot() {
    gateway.other().put("/others-own");
    assertThat(root.request("HEAD", "/others-own").send().status()).isEqualTo(403);
    assertThat(root.get("/others-own", "location").code()).isEqualTo("AccessDenied");
  }

  @Test
  void getBucketLocation_usEast1_isEmpty() {
    root.put("/located");
    Answer answer = root.get("/located", "location");
    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.body()).contains("<LocationConstraint").doesNotContain("us-east-1");
  }

  @Test
  void expectedBucketOwner_another_isAccessDenied() {
    root.put("/owned");
    Answer answer =
        root.request("GET", "/owned", "location")
            .header("x-amz-expected-bucket-owner", "000000000000")
            .send();
    assertThat(answer.status()).isEqualTo(403);
    assertThat(answer.code()).isEqualTo("AccessDenied");
  }

  @Test
  void deleteBucket_empty_isGone() {
    root.put("/to-delete");
    assertThat(root.delete("/to-delete").status()).isEqualTo(204);
    assertThat(root.request("HEAD", "/to-delete").send().status()).isEqualTo(404);
    assertThat(root.delete("/to-delete").code()).isEqualTo("NoSuchBucket");
    assertThat(root.put("/to-delete").status()).isEqualTo(200);
    assertThat(root.get("/to-delete").status()).isEqualTo(200);
  }

  @Test
  void deleteBucket_notEmpty_isRefusedAndStaysUsable() {
    root.put("/not-empty");
    Objects.put(gateway, "not-empty", "key");
    Answer answer = root.delete("/not-empty");
    assertThat(answer.status()).isEqualTo(409);
    assertThat(answer.code()).isEqualTo("BucketNotEmpty");
    assertThat(root.get("/not-empty").body()).contains("<Key>key</Key>");
    Objects.put(gateway, "not-empty", "another");
  }

  @Test
  void deleteBucket_diedAfterSealing_isFinishedByTheNextAttempt() {
    root.put("/half-deleted");
    gateway.metadata.failCommands(
        command ->
            command.getBodyCase() == Command.BodyCase.REMOVE_BUCKET
                ? new StorageFailure.OutcomeUnknown("cut off", null)
                : null);
    Answer answer = root.delete("/half-deleted");
    assertThat(answer.status()).isEqualTo(503);
    assertThat(answer.code()).isEqualTo("ServiceUnavailable");
    gateway.metadata.failCommands(null);
    assertThat(root.delete("/half-deleted").status()).isEqualTo(204);
    assertThat(root.put("/half-deleted").status()).isEqualTo(200);
  }

  @Test
  void bucketMadeAnewElsewhere_isFoundWhereTheOldIdIsRefused() {
    root.put("/made-anew");
    assertThat(root.get("/made-anew").status()).isEqualTo(200);
    // Another gateway deletes it and makes it again; this one remembers the old id.
    Objects.replaceBucket(gateway, "made-anew");
    assertThat(root.get("/made-anew").status()).isEqualTo(200);
    assertThat(root.delete("/made-anew/key").status()).isEqualTo(204);
  }

  @Test
  void metadataUnavailable_isSlowDownWithRetryAfter() {
    gateway.metadata.failCommands(
        command -> new StorageFailure.Unavailable("no leader", Duration.ofSeconds(3), null));
    try {
      Answer answer = root.put("/no-leader");
      assertThat(answer.status()).isEqualTo(503);
      assertThat(answer.code()).isEqualTo("SlowDown");
      assertThat(answer.header("retry-after")).isEqualTo("3");
    } finally {
      gateway.metadata.failCommands(null);
    }
  }
}

package io.sluice.gateway.handler;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.gateway.testing.S3TestClient;
import io.sluice.gateway.testing.S3TestClient.Answer;
import io.sluice.gateway.testing.TestGateway;
import io.sluice.storage.StorageFailure;
import io.sluice.storage.proto.Command;
import io.sluice.storage.proto.Refusal;
import io.sluice.storage.proto.RefusalCode;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class DeleteBucketTest {
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
  void deleteBucket_anotherAttemptTakesTheMarkAway_isGoneAllTheSame() {
    root.put("/contested");
    AtomicBoolean unmarked = new AtomicBoolean();
    gateway.metadata.failCommands(
        command ->
            command.getBodyCase() == Command.BodyCase.REMOVE_BUCKET
                    && unmarked.compareAndSet(false, true)
                ? new StorageFailure.Refused(
                    Refusal.newBuilder().setCode(RefusalCode.CONFLICT).build())
                : null);
    assertThat(root.delete("/contested").status()).isEqualTo(204);
    gateway.metadata.failCommands(null);
    assertThat(root.get("/contested").code()).isEqualTo("NoSuchBucket");
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
}

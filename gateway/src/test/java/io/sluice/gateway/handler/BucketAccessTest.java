package io.sluice.gateway.handler;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.gateway.testing.S3TestClient;
import io.sluice.gateway.testing.S3TestClient.Answer;
import io.sluice.gateway.testing.TestGateway;
import io.sluice.storage.StorageFailure;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class BucketAccessTest {
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

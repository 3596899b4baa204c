package io.sluice.gateway.handler;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.gateway.testing.S3TestClient;
import io.sluice.gateway.testing.S3TestClient.Answer;
import io.sluice.gateway.testing.TestGateway;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class GetBucketLocationTest {
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
  void getBucketLocation_usEast1_isEmpty() {
    root.put("/located");
    Answer answer = root.get("/located", "location");
    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.body()).contains("<LocationConstraint").doesNotContain("us-east-1");
  }
}

package io.sluice.gateway.handler;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.gateway.testing.S3TestClient;
import io.sluice.gateway.testing.S3TestClient.Answer;
import io.sluice.gateway.testing.TestGateway;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class HeadBucketTest {
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
  void expectedBucketOwner_another_isAccessDenied() {
    root.put("/owned");
    Answer answer =
        root.request("GET", "/owned", "location")
            .header("x-amz-expected-bucket-owner", "000000000000")
            .send();
    assertThat(answer.status()).isEqualTo(403);
    assertThat(answer.code()).isEqualTo("AccessDenied");
  }
}

package io.sluice.gateway.handler;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.gateway.testing.S3TestClient;
import io.sluice.gateway.testing.S3TestClient.Answer;
import io.sluice.gateway.testing.TestGateway;
import io.sluice.s3.S3ErrorCode;
import io.sluice.s3.S3Exception;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** A gateway whose cluster takes no writes. */
class WriteRuleTest {
  private static final String NOTICE = "This cluster is a standby.";
  private static TestGateway gateway;
  private static S3TestClient root;

  @BeforeAll
  static void start() {
    gateway = TestGateway.start();
    root = gateway.root();
    root.put("/read");
    gateway.writeRefusal = new S3Exception(S3ErrorCode.ACCESS_DENIED, NOTICE);
  }

  @AfterAll
  static void stop() {
    gateway.close();
  }

  private static void assertRefused(Answer answer) {
    assertThat(answer.status()).isEqualTo(403);
    assertThat(answer.code()).isEqualTo("AccessDenied");
    assertThat(answer.body()).contains(NOTICE);
  }

  @Test
  void writes_areRefused_withTheReason() {
    assertRefused(root.put("/other"));
    assertRefused(root.delete("/read"));
    assertRefused(root.delete("/read/key"));
    assertRefused(root.request("POST", "/read/key", "uploads").send());
  }

  @Test
  void reads_areServed() {
    assertThat(root.get("/").status()).isEqualTo(200);
    assertThat(root.get("/read").status()).isEqualTo(200);
    assertThat(root.get("/read", "list-type=2").status()).isEqualTo(200);
    assertThat(root.get("/read", "uploads").status()).isEqualTo(200);
  }
}

package io.sluice.gateway.handler;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.gateway.testing.S3TestClient;
import io.sluice.gateway.testing.S3TestClient.Answer;
import io.sluice.gateway.testing.TestGateway;
import io.sluice.s3.S3ErrorCode;
import io.sluice.s3.S3Exception;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What was done is not told when the right to tell it lapsed meanwhile. */
class AcknowledgementTest {
  private TestGateway gateway;
  private S3TestClient root;

  @BeforeEach
  void start() {
    gateway = TestGateway.start();
    root = gateway.root();
    gateway.writeLapsed = new S3Exception(S3ErrorCode.SLOW_DOWN, "no right");
  }

  @AfterEach
  void stop() {
    gateway.close();
  }

  @Test
  void write_doneWhenTheRightHasLapsed_isSlowDown_andWasDone() {
    Answer answer = root.put("/late");
    assertThat(answer.status()).isEqualTo(503);
    assertThat(answer.code()).isEqualTo("SlowDown");
    assertThat(root.get("/late").status()).as("it was done").isEqualTo(200);
    assertThat(root.delete("/late").status()).isEqualTo(503);
  }

  @Test
  void read_isAnswered_andWhatAWriteDidWrongToo() {
    assertThat(root.get("/").status()).isEqualTo(200);
    assertThat(root.delete("/none").status()).isEqualTo(404);
  }
}

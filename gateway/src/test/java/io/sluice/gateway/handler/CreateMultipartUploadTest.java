package io.sluice.gateway.handler;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.gateway.testing.S3TestClient;
import io.sluice.gateway.testing.S3TestClient.Answer;
import io.sluice.gateway.testing.TestGateway;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class CreateMultipartUploadTest {
  private static TestGateway gateway;
  private static S3TestClient root;

  @BeforeAll
  static void start() {
    gateway = TestGateway.start();
    root = gateway.root();
    root.put("/multi");
  }

  @AfterAll
  static void stop() {
    gateway.close();
  }

  @Test
  void createMultipartUpload_checksumAndHeaders_areRepeated() {
    Answer answer =
        root.request("POST", "/multi/checked", "uploads")
            .header("x-amz-checksum-algorithm", "CRC32C")
            .header("x-amz-checksum-type", "FULL_OBJECT")
            .send();
    assertThat(answer.header("x-amz-checksum-algorithm")).isEqualTo("CRC32C");
    assertThat(answer.header("x-amz-checksum-type")).isEqualTo("FULL_OBJECT");
    assertThat(answer.xml("Key")).isEqualTo("checked");
    Answer parts = root.get("/multi/checked", "uploadId=" + answer.xml("UploadId"));
    assertThat(parts.body()).contains("<ChecksumAlgorithm>CRC32C<", "<ChecksumType>FULL_OBJECT<");
  }
}
